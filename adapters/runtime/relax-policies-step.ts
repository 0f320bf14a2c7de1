import type { KubeObject } from '../../kube/kube-object.js'
import { mergePatchObject } from '../../kube/merge-patch-object.js'
import { objectPath } from '../../kube/object-paths.js'
import { AdapterError, toAdapterError } from './adapter-error.js'
import { objectFact } from './cluster-facts.js'
import { judgedAtOnce, judgePatch, keyOf } from './judge-object.js'
import { nameOf, refOf } from './manifests.js'
import { mapAtOnce } from './map-at-once.js'
import type { Scene, Step } from './mesh-adapter.js'
import { refusedFindings } from './plan-findings.js'

/** A policy by which members refuse whoever is no member, and the merge patch by which they take everybody's calls. */
export interface StrictPolicy {
  object: KubeObject
  patch: { spec: object }
}

/** What the policy was is kept on it, for whoever wants it back. */
const note = 'meshwright.io/relaxed-from'

const relaxManager = 'meshwright-relax'

/**
 * Has members take plain calls too, before the first of them leaves: one that is out has no certificate any more, and those
 * that are still in would refuse it. `find` answers the policies that are strict; a relaxed one is none.
 */
export function relaxPoliciesStep(
  { session, signal }: Scene,
  { policies, find }: { policies: readonly StrictPolicy[]; find: () => Promise<readonly StrictPolicy[]> },
): Step {
  const key = 'relax-policies'
  return {
    key,
    title: `Let ${policies.length} ${policies.length === 1 ? 'policy' : 'policies'} take plain calls while members leave`,
    component: 'members',
    kind: 'manifests',
    equivalent: policies.map((policy) => commandOf(policy)).join(' && '),
    preview: async (arrivals) => {
      const judgement = { step: key, fieldManager: relaxManager, force: false, arrivals, expectedManagers: [], signal }
      const objects = await mapAtOnce(judgedAtOnce, policies, (policy) =>
        judgePatch(session, { object: policy.object, patch: bodyOf(policy) }, judgement),
      )
      const facts = await Promise.all(policies.map(({ object }) => objectFact(session, keyOf(object))))
      return { hooks: [], objects, findings: refusedFindings(objects), facts }
    },
    run: async (context) => {
      for (const policy of policies) {
        context.signal.throwIfAborted()
        const { object } = policy
        const resource = await session.resource(object)
        if (resource === undefined) continue
        const path = objectPath(resource, { namespace: object.metadata.namespace, name: object.metadata.name ?? '' })
        await mergePatchObject(session.connection, { path, patch: bodyOf(policy), fieldManager: relaxManager }).catch((error: unknown) => {
          const { code, details } = toAdapterError(error)
          throw new AdapterError(code, `${nameOf(object)} could not be relaxed.`, details)
        })
        context.log('info', `${nameOf(object)} takes plain calls; ${note} on it says what it was`, { object: refOf(object) })
      }
    },
    inspect: async () => {
      const open = (await find()).length
      const detail = `${policies.length - open} of ${policies.length} policies take plain calls`
      return { state: open === 0 ? 'done' : open >= policies.length ? 'untouched' : 'partial', detail }
    },
  }
}

// Only the version that was looked at, so that nobody's change is lost.
function bodyOf({ object, patch }: StrictPolicy): object {
  const { resourceVersion } = object.metadata
  return { metadata: { resourceVersion, annotations: { [note]: JSON.stringify(object.spec ?? {}) } }, ...patch }
}

function commandOf({ object: { apiVersion, kind, metadata }, patch }: StrictPolicy): string {
  const group = apiVersion.split('/')[0]
  const where = metadata.namespace ? ` --namespace ${metadata.namespace}` : ''
  return `kubectl patch ${kind.toLowerCase()}.${group} ${metadata.name}${where} --type merge --patch '${JSON.stringify(patch)}'`
}
