import { createCa, issueCertificate, type KeyPair } from '../../certificates/certificate-authority.js'

/** An authority, and a leaf of it that ends in `days`. */
export async function makePair({ days, name }: { days: number; name: string }): Promise<{ root: KeyPair; leaf: KeyPair }> {
  const root = await createCa(`root of ${name}`)
  return { root, leaf: await issueCertificate(root, { commonName: name, dnsNames: [`${name}.example`], ipAddresses: [], days }) }
}

export function base64(text: string): string {
  return Buffer.from(text).toString('base64')
}

/** A Secret with these texts. */
export function secretYaml(place: string, data: Record<string, string>, more: { type?: string; annotations?: string } = {}): string {
  const [namespace, name] = place.split('/')
  const entries = Object.entries(data).map(([key, text]) => `  ${JSON.stringify(key)}: ${base64(text)}`)
  return `
apiVersion: v1
kind: Secret
metadata: { name: ${name}, namespace: ${namespace}, annotations: { ${more.annotations ?? ''} } }
type: ${more.type ?? 'Opaque'}
data:
${entries.join('\n')}
`
}

/** A webhook configuration that calls one Service of a namespace. */
export function webhookYaml({
  name,
  service,
  caBundle,
  policy,
}: {
  name: string
  service: string
  caBundle: string
  policy: 'Fail' | 'Ignore'
}): string {
  const [namespace, serviceName] = service.split('/')
  return `
apiVersion: admissionregistration.k8s.io/v1
kind: MutatingWebhookConfiguration
metadata: { name: ${name} }
webhooks:
- name: inject.example.com
  admissionReviewVersions: [v1]
  sideEffects: None
  failurePolicy: ${policy}
  objectSelector: { matchLabels: { never: matches } }
  rules: [{ apiGroups: [""], apiVersions: [v1], operations: [CREATE], resources: [pods] }]
  clientConfig: { caBundle: "${caBundle}", service: { namespace: ${namespace}, name: ${serviceName}, path: /inject } }
`
}

/** Endpoints of a Service as its controller would write them. */
export function endpointsYaml(service: string, { ready }: { ready: boolean }): string {
  const [namespace, name] = service.split('/')
  return `
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: { name: ${name}-made, namespace: ${namespace}, labels: { kubernetes.io/service-name: ${name} } }
addressType: IPv4
ports: [{ name: https, port: 443, protocol: TCP }]
endpoints: [{ addresses: [10.0.0.1], conditions: { ready: ${ready} } }]
`
}

/** What the API server needs to know a kind: no schema to speak of. */
export function definitionYaml({
  plural,
  group,
  kind,
  version = 'v1',
  scope = 'Namespaced',
}: {
  plural: string
  group: string
  kind: string
  version?: string
  scope?: string
}): string {
  return `
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: { name: ${plural}.${group} }
spec:
  group: ${group}
  names: { kind: ${kind}, plural: ${plural}, singular: ${kind.toLowerCase()} }
  scope: ${scope}
  versions:
  - { name: ${version}, served: true, storage: true, schema: { openAPIV3Schema: { type: object, x-kubernetes-preserve-unknown-fields: true } } }
`
}
