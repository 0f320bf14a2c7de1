import { createPrivateKey, type KeyObject } from 'node:crypto'
import { z } from 'zod'
import { issueAuthority, type KeyPair } from '../../certificates/certificate-authority.js'
import { type CertificateFacts, readCertificates } from '../../certificates/read-certificates.js'
import type { KubeObject } from '../../kube/kube-object.js'
import { mergePatchObject } from '../../kube/merge-patch-object.js'
import { objectPath } from '../../kube/object-paths.js'
import type { Finding } from '../../proto/gen/meshwright/adapter/v1/adapter.js'
import { toAdapterError } from '../runtime/adapter-error.js'
import { fieldManager } from '../runtime/apply-step.js'
import { noArrivals } from '../runtime/arrivals.js'
import { objectFact } from '../runtime/cluster-facts.js'
import { judgePatch, keyOf } from '../runtime/judge-object.js'
import type { Action, Scene, Step } from '../runtime/mesh-adapter.js'
import { paramsSchema } from '../runtime/parameters-schema.js'
import { errorFinding, refusedAction, refusedFindings } from '../runtime/plan-findings.js'
import { checkScope } from '../runtime/preflight.js'
import { linkerdCatalog } from './linkerd-catalog.js'
import { issuerDays, issuerOf, madeThen, objectsOf, rootsName } from './linkerd-identity.js'

const Params = z.object({ anchor: z.string().default(''), days: z.number().default(issuerDays) })

/**
 * Signs a new issuer with an anchor that the proxies trust. Nothing restarts: the identity service reads the new one by
 * itself, and proxies get certificates of it as theirs run out (linkerd2: pkg/identity/service.go, the watcher of its files).
 */
export const renewIssuer: Action = {
  key: 'renew-issuer',
  title: "Renew Linkerd's issuer",
  category: 'certificates',
  scope: 'cluster',
  destructive: false,
  requires: ['installation'],
  actsOnInstallers: ['helm', 'meshwright'],
  parametersSchema: paramsSchema({
    anchor: {
      type: 'string',
      maxLength: 20_000,
      title: 'Trust anchor with its key',
      description: 'Certificate and private key as PEM, as the installation handed them out. They are not stored in the clear.',
      'x-editor': 'yaml',
      'x-secret': true,
    },
    days: { type: 'integer', minimum: 1, maximum: 3650, default: issuerDays, title: 'Valid for (days)' },
  }),
  prepare: async (call, scene) => {
    const scope = checkScope(scene.session, linkerdCatalog.title)
    if (scope.length > 0) return refusedAction(scope)
    const { anchor: pem, days } = Params.parse(call.parameters.params ?? {})
    const namespace = call.target.namespace || linkerdCatalog.namespace
    const wanted = objectsOf(namespace, { anchor: '', certificate: '', key: '' })
    const [issuer, roots] = await Promise.all([wanted.issuer, wanted.roots].map((object) => scene.session.get(keyOf(object))))
    const anchor = readAnchor(pem)
    const findings = [...checkIssuer(namespace, issuer), ...checkAnchor(anchor, trustedBy(roots), days)]
    if (issuer === undefined || anchor === undefined || findings.length > 0) return refusedAction(findings)
    return {
      steps: [renewStep(scene, issuer, { anchor: anchor.pair, days })],
      findings: [],
      confirmations: [],
      leftovers: [],
      inputs: { days, anchor: anchor.facts.fingerprint },
    }
  },
}

interface Anchor {
  pair: KeyPair
  facts: CertificateFacts
  key: KeyObject
}

/** The first certificate of the text with its private key; undefined when one of them is missing or cannot be read. */
function readAnchor(pem: string): Anchor | undefined {
  const [facts] = readCertificates(pem).certificates
  const [keyText] = /-----BEGIN [A-Z ]*PRIVATE KEY-----[^-]*-----END [A-Z ]*PRIVATE KEY-----/.exec(pem) ?? []
  if (facts === undefined || keyText === undefined) return undefined
  try {
    return { pair: { cert: facts.x509.toString(), key: keyText }, facts, key: createPrivateKey(keyText) }
  } catch {
    // A key that is locked by a passphrase, or no key at all.
    return undefined
  }
}

function trustedBy(roots: KubeObject | undefined): string[] {
  const { data = {} } = (roots ?? {}) as { data?: Record<string, string> }
  return readCertificates(data['ca-bundle.crt'] ?? '').certificates.map(({ fingerprint }) => fingerprint)
}

function checkIssuer(namespace: string, issuer: KubeObject | undefined): Finding[] {
  const refuse = (message: string, cause: string, remedy: string) => [errorFinding({ code: 'issuer-not-ours', message, cause, remedy })]
  if (issuer === undefined) {
    const message = `There is no issuer in ${namespace} to renew.`
    return refuse(
      message,
      'The Secret linkerd-identity-issuer is not there.',
      'Install Linkerd first, or name the namespace that it is in.',
    )
  }
  const { annotations = {} } = issuer.metadata
  if (annotations['cert-manager.io/certificate-name']) {
    const cause = `It made the Secret for its Certificate ${annotations['cert-manager.io/certificate-name']}, and would write over ours.`
    return refuse('cert-manager renews this issuer.', cause, 'Change it there.')
  }
  const { type } = issuer as { type?: string }
  if (type === 'kubernetes.io/tls') return []
  const cause = 'The chart made its Secret from values (identity.issuer.tls), and would write over ours at the next upgrade.'
  return refuse(
    'This issuer stands in the values of its release.',
    cause,
    'Renew it there: give the new certificate and key to an upgrade.',
  )
}

function checkAnchor(anchor: Anchor | undefined, trusted: readonly string[], days: number): Finding[] {
  const again = 'Give the file that holds both, as the installation handed it out.'
  if (anchor === undefined) {
    const message = 'The text holds no trust anchor with its key.'
    const cause = 'A certificate and its private key are needed, both as PEM and without a passphrase.'
    return [errorFinding({ code: 'anchor-unreadable', message, cause, remedy: again })]
  }
  const { facts, key } = anchor
  if (!facts.x509.checkPrivateKey(key)) {
    const message = 'The private key is not of this certificate.'
    return [errorFinding({ code: 'anchor-key-wrong', message, cause: facts.subject, remedy: again })]
  }
  if (facts.keyType !== 'ECDSA P-256' || !facts.isCa) {
    const message = 'This certificate cannot sign an issuer.'
    const cause = `${facts.subject} has a key of the kind ${facts.keyType}${facts.isCa ? '' : ' and may sign nothing'}.`
    return [errorFinding({ code: 'anchor-unfit', message, cause, remedy: 'Give an authority with an ECDSA P-256 key.' })]
  }
  if (!trusted.includes(facts.fingerprint)) {
    const message = 'The proxies do not trust this anchor.'
    const cause = `ConfigMap ${rootsName} does not hold it, so that no proxy would believe its issuer.`
    return [errorFinding({ code: 'anchor-not-trusted', message, cause, remedy: 'Give the anchor that is in the bundle.' })]
  }
  if (facts.notAfter.getTime() > Date.now() + days * 86_400_000) return []
  const message = `The anchor runs out before an issuer of ${days} days would.`
  const cause = `It is valid until ${facts.notAfter.toISOString().slice(0, 10)}.`
  return [errorFinding({ code: 'anchor-ends-first', message, cause, remedy: 'Choose fewer days, or rotate the anchor.' })]
}

function renewStep({ session, signal }: Scene, issuer: KubeObject, { anchor, days }: { anchor: KeyPair; days: number }): Step {
  const patchOf = (pair: KeyPair) => ({
    metadata: { uid: issuer.metadata.uid, resourceVersion: issuer.metadata.resourceVersion },
    ...issuerOf({ anchor: anchor.cert, certificate: pair.cert, key: pair.key }),
  })
  return {
    key: 'renew-issuer',
    title: 'Sign a new issuer',
    component: 'identity',
    kind: 'manifests',
    equivalent: '',
    preview: async () => {
      const judgement = { step: 'renew-issuer', fieldManager, force: false, arrivals: noArrivals(), expectedManagers: [], signal }
      const planned = await judgePatch(session, { object: issuer, patch: patchOf({ cert: madeThen, key: madeThen }) }, judgement)
      return { hooks: [], objects: [planned], findings: refusedFindings([planned]), facts: [await objectFact(session, keyOf(issuer))] }
    },
    run: async ({ log }) => {
      const pair = await issueAuthority(anchor, { commonName: 'identity.linkerd.cluster.local', days })
      const resource = await session.resource(issuer)
      if (resource === undefined) return
      const path = objectPath(resource, { namespace: issuer.metadata.namespace, name: issuer.metadata.name ?? '' })
      await mergePatchObject(session.connection, { path, patch: patchOf(pair), fieldManager }).catch((error: unknown) => {
        throw toAdapterError(error)
      })
      log('info', `The new issuer is valid for ${days} days. The identity service reads it within about two minutes; nothing restarts.`)
    },
    // What is there may be the old one or the new one: taken up again, it signs another.
    inspect: async () => ({ state: 'traceless', detail: 'a new issuer looks as the old one does' }),
  }
}
