import type { KubeObject } from '../../kube/kube-object.js'
import { Change } from '../../proto/gen/meshwright/adapter/v1/adapter.js'
import { canonicalJson } from './canonical-json.js'
import { objectFact, releaseFact } from './cluster-facts.js'
import { explainHelmFailure } from './helm-failure.js'
import { isUnfinished, latestRelease, type ReleasePayload, type ReleaseRecord, readRelease } from './helm-releases.js'
import { helmManager } from './install-release-step.js'
import { judgeApply, judgeDelete, judgedAtOnce } from './judge-object.js'
import { mapAtOnce } from './map-at-once.js'
import type { Scene, Step, StepContext, StepEvidence } from './mesh-adapter.js'
import { refusedFindings } from './plan-findings.js'
import { checkPermissions } from './preflight.js'
import { followRelease, markWorkloads, releaseProblems } from './release-workloads.js'

/** A release, the revision that it goes back to, and what that comes to. */
export interface RollBackOptions {
  name: string
  release: string
  namespace: string
  /** Of its component, for people. */
  title: string
  record: ReleaseRecord
  earlier: ReleasePayload
  /** The objects of the earlier revision, and those of the present one that it does not have. */
  then: readonly KubeObject[]
  gone: readonly KubeObject[]
  expectedManagers: readonly string[]
  timeoutMs: number
}

const marginMs = 5_000

/** `helm rollback` to one revision, waited for. */
export function rollBackStep(scene: Scene, options: RollBackOptions): Step {
  const { name, title, release, namespace, record } = options
  return {
    ...{ key: `roll-back-${name}`, title: `Roll ${title} ${release} back to revision ${record.revision}`, component: name, kind: 'helm' },
    equivalent: `helm rollback ${release} ${record.revision} --namespace ${namespace} --wait`,
    preview: async (arrivals) => {
      const { session, signal } = scene
      const { then, gone, earlier, expectedManagers } = options
      const judgement = {
        step: `roll-back-${name}`,
        fieldManager: helmManager,
        force: !earlier.isServerSide,
        arrivals,
        expectedManagers,
        signal,
      }
      const objects = [
        ...(await mapAtOnce(judgedAtOnce, then, (object) => judgeApply(session, object, judgement))),
        ...(await mapAtOnce(judgedAtOnce, gone, (object) => judgeDelete(session, object, judgement))),
      ]
      const changed = objects.filter(({ change }) => change === Change.CHANGE_UPDATE || change === Change.CHANGE_DELETE)
      const facts = await Promise.all([
        releaseFact(session, namespace, release),
        ...changed.flatMap(({ object }) => (object ? [objectFact(session, object)] : [])),
      ])
      const refs = objects.flatMap(({ object }) => object ?? [])
      const also = ['list', 'create', 'update'].map((verb) => ({ verb, group: '', resource: 'secrets', namespace }))
      const permissions = await checkPermissions(session, { objects: refs, verbs: ['get', 'create', 'patch', 'delete'], also })
      const hooks = earlier.hooks.filter((hook) => hook.includes('-rollback'))
      return { hooks, objects, findings: [...permissions, ...refusedFindings(objects)], facts }
    },
    run: (context) => run(scene, options, context),
    inspect: () => inspect(scene, options),
  }
}

async function run(
  { session, releases, operation }: Scene,
  options: RollBackOptions,
  { signal, log, deadline }: StepContext,
): Promise<void> {
  const { release, namespace, record, timeoutMs } = options
  const seconds = Math.max(1, Math.floor((Math.min(timeoutMs, deadline - Date.now()) - marginMs) / 1000))
  const stopFollowing = followRelease(session, options, log)
  const result = await releases
    .rollBack({ release, namespace, revision: record.revision }, { session, signal, log, seconds })
    .finally(stopFollowing)
  signal.throwIfAborted()
  session.forgetResources()
  const problems = result.code === 0 ? [] : await releaseProblems(session, options)
  await markWorkloads(session, options, operation)
  if (result.code !== 0) throw explainHelmFailure(result, `Release ${release} could not be rolled back.`, problems)
}

/** helm writes a new revision with the manifest and the values of the earlier one. */
async function inspect({ session }: Scene, { release, namespace, record: { revision }, earlier }: RollBackOptions): Promise<StepEvidence> {
  const latest = await latestRelease(session, { namespace, name: release })
  if (latest === undefined) return { state: 'partial', detail: `release ${release} is not there` }
  if (isUnfinished(latest)) return { state: 'partial', detail: `release ${release} is ${latest.status}` }
  const payload = await readRelease(session, latest)
  const isSame = payload?.manifest === earlier.manifest && canonicalJson(payload.values) === canonicalJson(earlier.values)
  if (!isSame) return { state: 'untouched', detail: `release ${release} is not what revision ${revision} was` }
  if (latest.status !== 'deployed') return { state: 'partial', detail: `release ${release} is ${latest.status}` }
  return { state: 'done', detail: `release ${release} is what revision ${revision} was` }
}
