import type { KubeObject } from '../../kube/kube-object.js'
import { Change, type Finding, type PlannedObject, Verdict } from '../../proto/gen/meshwright/adapter/v1/adapter.js'
import { objectFact, releaseFact } from './cluster-facts.js'
import { explainHelmFailure } from './helm-failure.js'
import { isLeftByUs, isUnfinished, latestRelease, type ReleasePayload, type ReleaseRecord, readRelease } from './helm-releases.js'
import { helmManager } from './install-release-step.js'
import { type Judgement, judgeDelete, judgedAtOnce } from './judge-object.js'
import { sortForDelete } from './manifests.js'
import { mapAtOnce } from './map-at-once.js'
import type { Scene, Step, StepContext } from './mesh-adapter.js'
import { refusedFindings, warningFinding } from './plan-findings.js'
import { checkPermissions } from './preflight.js'
import { isDefinition, isKept, releaseObjects } from './release-manifest.js'

/** A release to take away. */
export interface UninstallReleaseOptions {
  key: string
  title: string
  component: string
  release: string
  namespace: string
  /** Names of definitions that a step before marks to be kept, so that helm leaves them. */
  keeps: readonly string[]
  /** Objects of the release that belong to no namespace, and that a step before takes away. */
  gone?: readonly KubeObject[]
  timeoutMs: number
}

const marginMs = 5_000

/** Takes one helm release away and waits until its objects are gone. A release that is not there counts as done. */
export function uninstallReleaseStep(scene: Scene, options: UninstallReleaseOptions): Step {
  const { key, title, component, release, namespace } = options
  return {
    key,
    title,
    component,
    kind: 'helm',
    equivalent: `helm uninstall ${release} --namespace ${namespace} --wait`,
    preview: async (arrivals) => {
      const { session, signal } = scene
      const judgement = { step: key, fieldManager: helmManager, force: false, arrivals, expectedManagers: [], signal }
      const record = await latestRelease(session, { namespace, name: release })
      const payload = record && (await readRelease(session, record))
      const objects = payload ? await judgeRelease(scene, { payload, options, judgement }) : []
      const changed = objects.filter(({ change }) => change === Change.CHANGE_DELETE).flatMap(({ object }) => object ?? [])
      const facts = await Promise.all([releaseFact(session, namespace, release), ...changed.map((object) => objectFact(session, object))])
      const also = ['list', 'update', 'delete'].map((verb) => ({ verb, group: '', resource: 'secrets', namespace }))
      const permissions = await checkPermissions(session, { objects: changed, verbs: ['get', 'delete'], also })
      return { hooks: payload?.hooks ?? [], objects, findings: [...unfinished(record), ...permissions, ...refusedFindings(objects)], facts }
    },
    run: (context) => run(scene, options, context),
    inspect: async () => {
      const record = await latestRelease(scene.session, { namespace, name: release })
      if (record === undefined || record.status === 'uninstalled') return { state: 'done', detail: `release ${release} is gone` }
      return { state: hasBegun(record) ? 'partial' : 'untouched', detail: `release ${release} is ${record.status}` }
    },
  }
}

/** To take a release away is one way out where a helm was killed in it; that it was, nobody can tell from here. */
function unfinished(record: ReleaseRecord | undefined): Finding[] {
  if (record === undefined || !isUnfinished(record) || isLeftByUs(record)) return []
  return [
    warningFinding({
      code: 'release-unfinished',
      message: `Release ${record.name} in ${record.namespace} is ${record.status}: a helm may be at work on it.`,
      cause: 'Two helms on one release change the same objects.',
      remedy: 'Make sure that none is. Where it was killed, this takes the release away with its record.',
    }),
  ]
}

function hasBegun({ status }: ReleaseRecord): boolean {
  return status === 'uninstalling'
}

async function judgeRelease(
  { session }: Scene,
  {
    payload,
    options: { namespace, keeps, gone = [] },
    judgement,
  }: { payload: ReleasePayload; options: UninstallReleaseOptions; judgement: Judgement },
): Promise<PlannedObject[]> {
  // Charts write a namespace on them, too: Kuma's does.
  const isGone = ({ kind, metadata }: KubeObject) => gone.some((each) => each.kind === kind && each.metadata.name === metadata.name)
  const objects = (await releaseObjects(session, payload, namespace)).filter((object) => !isGone(object))
  return mapAtOnce(judgedAtOnce, sortForDelete(objects), async (object) => {
    const judged = await judgeDelete(session, object, judgement)
    const isMarked = isDefinition(object) && keeps.includes(object.metadata.name ?? '')
    if (!isKept(object) && !isMarked) return judged
    return { ...judged, change: Change.CHANGE_KEEP, verdict: Verdict.VERDICT_SERVER, reason: isMarked ? markedReason : keptReason }
  })
}

const markedReason = 'A step before marks it to be kept: its kind is not the mesh’s alone.'
const keptReason = 'The chart asks helm to keep it (helm.sh/resource-policy: keep).'

async function run({ session, releases }: Scene, options: UninstallReleaseOptions, context: StepContext): Promise<void> {
  const { release, timeoutMs } = options
  const { signal, log } = context
  const seconds = Math.max(1, Math.floor((Math.min(timeoutMs, context.deadline - Date.now()) - marginMs) / 1000))
  const result = await releases.uninstall(options, { session, signal, log, seconds })
  signal.throwIfAborted()
  session.forgetResources()
  if (result.code !== 0) throw explainHelmFailure(result, `Release ${release} could not be taken away.`)
}
