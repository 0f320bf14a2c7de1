import { z } from 'zod'
import { issueAuthority, type KeyPair } from '../../certificates/certificate-authority.js'
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
import { type AnchorFile, anchorParameter, checkAnchorFile, checkLifetime, readAnchorFile } from './anchor-file.js'
import { anchorsIn, issuerOf, objectsOf, rootsName } from './identity-objects.js'
import { findIdentityOwners } from './identity-owners.js'
import { checkIssuer } from './issuer-findings.js'
import { linkerdCatalog } from './linkerd-catalog.js'
import { issuerDays, madeThen } from './linkerd-identity.js'

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
  handling: 'upgrade',
  parametersSchema: paramsSchema({
    anchor: anchorParameter(
      'Trust anchor with its key',
      'Certificate and private key as PEM, as the installation handed them out. They are not stored in the clear.',
    ),
    days: { type: 'integer', minimum: 1, maximum: 3650, default: issuerDays, title: 'Valid for (days)' },
  }),
  prepare: async (call, scene) => {
    const scope = checkScope(scene.session, linkerdCatalog.title)
    if (scope.length > 0) return refusedAction(scope)
    const { anchor: pem, days } = Params.parse(call.parameters.params ?? {})
    const namespace = call.target.namespace || linkerdCatalog.namespace
    const wanted = objectsOf(namespace, { anchor: '', certificate: '', key: '' })
    const [issuer, roots] = await Promise.all([wanted.issuer, wanted.roots].map((object) => scene.session.get(keyOf(object))))
    const anchor = readAnchorFile(pem)
    const { issuer: owner } = await findIdentityOwners(scene.session, namespace)
    const findings = [...checkIssuer(namespace, { issuer, owner }), ...checkAnchor(anchor, { trusted: trustedBy(roots), days })]
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

function trustedBy(roots: KubeObject | undefined): string[] {
  return anchorsIn(roots).map(({ fingerprint }) => fingerprint)
}

function checkAnchor(anchor: AnchorFile | undefined, { trusted, days }: { trusted: readonly string[]; days: number }): Finding[] {
  const unfit = checkAnchorFile(anchor)
  if (anchor === undefined || unfit.length > 0) return unfit
  if (!trusted.includes(anchor.facts.fingerprint)) {
    const message = 'The proxies do not trust this anchor.'
    const cause = `ConfigMap ${rootsName} does not hold it, so that no proxy would believe its issuer.`
    return [errorFinding({ code: 'anchor-not-trusted', message, cause, remedy: 'Give the anchor that is in the bundle.' })]
  }
  return checkLifetime(anchor.facts, days)
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
