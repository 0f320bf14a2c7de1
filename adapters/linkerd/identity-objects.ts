import { type CertificateFacts, readCertificates } from '../../certificates/read-certificates.js'
import type { KubeObject } from '../../kube/kube-object.js'

export const issuerName = 'linkerd-identity-issuer'
export const rootsName = 'linkerd-identity-trust-roots'
export const bundleKey = 'ca-bundle.crt'

interface IdentityObjects {
  issuer: KubeObject
  roots: KubeObject
}

interface IdentityTexts {
  anchor: string
  certificate: string
  key: string
}

/** The objects that Linkerd's chart looks for in its namespace. Texts are PEM. */
export function objectsOf(namespace: string, texts: IdentityTexts): IdentityObjects {
  const labels = { 'linkerd.io/control-plane-component': 'identity', 'linkerd.io/control-plane-ns': namespace }
  return {
    roots: {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: rootsName, namespace, labels },
      data: { [bundleKey]: texts.anchor },
    },
    issuer: {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: issuerName, namespace, labels },
      type: 'kubernetes.io/tls',
      ...issuerOf(texts),
    },
  }
}

/** The anchors that a ConfigMap of roots holds, in their order. */
export function anchorsIn(roots: KubeObject | undefined): CertificateFacts[] {
  const { data = {} } = (roots ?? {}) as { data?: Record<string, string> }
  return readCertificates(data[bundleKey] ?? '').certificates
}

/** What the issuer's Secret holds. */
export function issuerOf({ anchor, certificate, key }: IdentityTexts): { data: Record<string, string> } {
  return { data: { 'ca.crt': base64(anchor), 'tls.crt': base64(certificate), 'tls.key': base64(key) } }
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64')
}
