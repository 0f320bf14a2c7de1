import { readInstaller } from '../../installers/find-installer.js'
import { answerHandling } from '../../installers/installer-table.js'
import type { KubeObject } from '../../kube/kube-object.js'
import { Change, type Finding, type ObjectRef, type PlannedObject, Verdict } from '../../proto/gen/meshwright/adapter/v1/adapter.js'
import { AdapterError } from './adapter-error.js'
import { type Arrivals, noArrivals, noteArrivals } from './arrivals.js'
import { busyText } from './busy-release.js'
import { canonicalJson } from './canonical-json.js'
import type { Catalog } from './catalog.js'
import { checkStoredVersions } from './check-definitions.js'
import { namespaceFact, objectFact, releaseFact } from './cluster-facts.js'
import type { ClusterSession } from './cluster-session.js'
import { conflictFindings } from './field-conflicts/conflict-findings.js'
import type { FieldEdit } from './field-conflicts/field-edits.js'
import { type PolicyRow, policyOf } from './field-conflicts/field-policy.js'
import { type JudgedFields, judgeFields, settleFields } from './field-conflicts/settle-fields.js'
import { explainHelmFailure } from './helm-failure.js'
import { forgetRecord, isLeftByUs, isUnfinished, latestRelease, type ReleasePayload, readRelease } from './helm-releases.js'
import { type Judgement, judgeApply, judgeDelete, judgedAtOnce, keyOf } from './judge-object.js'
import { mapAtOnce } from './map-at-once.js'
import type { Scene, Step, StepContext, StepEvidence } from './mesh-adapter.js'
import { findingOf, isError, refusedFindings } from './plan-findings.js'
import { plannedRelease } from './planned-release.js'
import { checkPermissions } from './preflight.js'
import { type BringingRelease, presentDefinitionFindings } from './present-definitions.js'
import { identity, isDefinition, isKept, releaseObjects } from './release-manifest.js'
import { followRelease, markWorkloads, releaseProblems } from './release-workloads.js'
import type { ReleaseSpec } from './render-chart.js'
import { checkCapacity } from './surroundings/capacity.js'
import { checkWorkloadSecurity } from './surroundings/workload-security.js'
import { whenForbidden } from './when-forbidden.js'

/** Who helm is to the API server. It stays so: a person's own helm must find its fields unchanged. */
export const helmManager = 'helm'

/** A release to bring about, and how long that may take. */
export interface InstallReleaseOptions extends ReleaseSpec {
  title: string
  component: string
  /** Who writes into the release's objects at run time, and whose value counts where somebody else did. */
  catalog: Pick<Catalog, 'expectedManagers' | 'fieldConflicts'>
  /** A step before brings what lies in the chart's folder crds/ to its version. */
  bringsDefinitions?: boolean
  /** Names of definitions that a step before marks to be kept, so that helm leaves them. */
  keeps?: readonly string[]
  timeoutMs: number
}

const marginMs = 5_000

/** Brings one helm release to a chart and values, and waits until its workloads are ready. */
export function installReleaseStep(scene: Scene, options: InstallReleaseOptions): Step {
  const { key, title, component, release, namespace, chart, adopts } = options
  const adopting = adopts ? ' --take-ownership --force-conflicts' : ''
  return {
    key,
    title,
    component,
    kind: 'helm',
    equivalent: `helm upgrade --install ${release} ${chart.reference} --namespace ${namespace} --create-namespace --reset-values --values ${key}.yaml --wait${adopting}`,
    preview: (arrivals) => preview(scene, options, arrivals),
    run: (context) => run(scene, options, context),
    inspect: () => inspect(scene, options),
  }
}

async function preview(scene: Scene, options: InstallReleaseOptions, arrivals: Arrivals) {
  const { session, signal } = scene
  const { key, release, namespace, catalog } = options
  // Nothing can be rendered; the preflight of the action says so.
  if ((await scene.releases.check()).some(isError)) return { hooks: [], objects: [], findings: [], facts: [] }
  const before = await releaseNow(scene, options)
  const force = options.adopts === true || before?.isServerSide === false
  const { expectedManagers } = catalog
  const judgement: Judgement = { step: key, fieldManager: helmManager, force, arrivals, expectedManagers, signal }
  // Who overrules everybody, as an adoption does and helm without server-side apply, asks nobody. A new release meets nobody.
  const policy = force || before === undefined ? [] : policyOf(catalog)
  const planned = await previewNamespace(scene, namespace, judgement)
  const rendered = await scene.releases.render(options, { session, signal, arrivals }).catch(refusedValues)
  if (rendered instanceof AdapterError) return { hooks: [], objects: planned, findings: [findingOf(rendered)], facts: [] }
  noteArrivals(arrivals, key, rendered.objects)
  const raw = options.bringsDefinitions === true ? 'step' : before === undefined ? 'helm' : 'nobody'
  const judged = await mapAtOnce(judgedAtOnce, rendered.objects, (object, index) =>
    judgeReleaseObject(scene, object, { options, raw, policy, judgement: { ...judgement, shown: rendered.shown[index] } }),
  )
  planned.push(...judged.map((each) => each.planned))
  const kept = new Set(rendered.objects.map(identity))
  for (const object of await previousObjects(scene, before, namespace)) {
    if (kept.has(identity(object))) continue
    const judged = await judgeDelete(session, object, judgement)
    const isMarked = isDefinition(object) && options.keeps?.includes(object.metadata.name ?? '')
    planned.push(isMarked ? { ...judged, change: Change.CHANGE_KEEP, reason: markedReason } : judged)
  }
  const changed = planned.filter(({ change }) => change === Change.CHANGE_UPDATE || change === Change.CHANGE_DELETE)
  const facts = await Promise.all([
    releaseFact(session, namespace, release),
    namespaceFact(session, namespace),
    ...changed.flatMap(({ object }) => (object ? [objectFact(session, object)] : [])),
  ])
  const permissions = await checkPermissions(session, {
    objects: refsOf(planned),
    verbs: ['get', 'create', 'patch'],
    also: recordRights(namespace),
  })
  const refused = planned.filter((object) => !judged.some((each) => each.open.length > 0 && each.planned === object))
  const here = await clusterFindings(
    session,
    { release, namespace, raw, adopts: options.adopts === true },
    { rendered: rendered.objects, judged },
  )
  const findings = [...permissions, ...here, ...refusedFindings(refused), ...conflictFindings(release, judged)]
  return { hooks: rendered.hooks, objects: planned, findings, facts, release: plannedRelease(options, before?.values) }
}

/** What the chart itself says against its values is a finding; everything else rises. */
function refusedValues(error: unknown): AdapterError {
  if (error instanceof AdapterError && error.code === 'values-refused') return error
  throw error
}

/** What of the cluster stands in the way of the objects, besides what a dry run says of each. */
async function clusterFindings(
  session: ClusterSession,
  release: BringingRelease,
  { rendered, judged }: { rendered: readonly KubeObject[]; judged: readonly JudgedFields[] },
): Promise<Finding[]> {
  const those = (...changes: PlannedObject['change'][]) =>
    rendered.filter((_object, index) => changes.some((change) => judged[index]?.planned.change === change))
  const { CHANGE_CREATE, CHANGE_UPDATE, CHANGE_KEEP } = Change
  const present = those(CHANGE_UPDATE, CHANGE_KEEP)
  const replaced = release.raw === 'nobody' ? present.filter((object) => !isRaw(object)) : present
  const found = await Promise.all([
    checkCapacity(session, those(CHANGE_CREATE)),
    checkWorkloadSecurity(session, those(CHANGE_CREATE, CHANGE_UPDATE)),
    checkStoredVersions(session, replaced),
    presentDefinitionFindings(session, present, release),
  ])
  return found.flat()
}

const markedReason = 'The chart no longer holds it; an earlier step marks it to be kept (helm.sh/resource-policy: keep).'

function refsOf(planned: readonly PlannedObject[]): ObjectRef[] {
  return planned.flatMap(({ object }) => object ?? [])
}

/** What helm needs for its own records. */
function recordRights(namespace: string) {
  return ['list', 'create', 'update', 'delete'].map((verb) => ({ verb, group: '', resource: 'secrets', namespace }))
}

/** helm makes the namespace when it is missing: the plan says so. */
async function previewNamespace({ session }: Scene, name: string, judgement: Judgement): Promise<PlannedObject[]> {
  if (judgement.arrivals.namespaces.has(name)) return []
  const namespace: KubeObject = { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels: { name } } }
  if ((await whenForbidden(session.get(keyOf(namespace)), namespace)) !== undefined) return []
  noteArrivals(judgement.arrivals, judgement.step, [namespace])
  return [await judgeApply(session, namespace, judgement)]
}

interface ReleaseJudgement {
  options: InstallReleaseOptions
  raw: BringingRelease['raw']
  policy: readonly PolicyRow[]
  judgement: Judgement
}

/** Definitions of a crds/ folder carry no marks of a release. */
function isRaw({ metadata }: KubeObject): boolean {
  return metadata.annotations?.['meta.helm.sh/release-name'] === undefined
}

/** helm looks at crds/ with the first revision of a release only. */
function untouched({ planned }: JudgedFields): JudgedFields {
  const reason = 'It lies in the folder crds/ of the chart: helm leaves it as it is in a release that is there. An upgrade brings it.'
  const kept = { change: Change.CHANGE_KEEP, verdict: Verdict.VERDICT_SERVER, reason, afterYaml: planned.beforeYaml }
  return { planned: { ...planned, ...kept }, settled: [], open: [] }
}

/** As judgeApply, but an object that exists and is not the release's is what helm would refuse to touch. */
async function judgeReleaseObject(
  { session }: Scene,
  object: KubeObject,
  { options, raw, policy, judgement }: ReleaseJudgement,
): Promise<JudgedFields> {
  const { namespace } = options
  const isTaken = isRaw(object) && raw !== 'helm'
  const judged = await judgeFields(session, object, { policy, namespace, judgement: isTaken ? { ...judgement, force: true } : judgement })
  if (isRaw(object) && raw === 'nobody' && judged.planned.change !== Change.CHANGE_CREATE) return untouched(judged)
  const { planned } = judged
  const live = planned.change === Change.CHANGE_CREATE ? undefined : await session.get(keyOf(object))
  const owner = live?.metadata.annotations ?? {}
  const isOurs = owner['meta.helm.sh/release-name'] === options.release && owner['meta.helm.sh/release-namespace'] === options.namespace
  if (live === undefined || isOurs || isRaw(object)) return judged
  const who = owner['meta.helm.sh/release-name']
    ? `release ${owner['meta.helm.sh/release-name']} in ${owner['meta.helm.sh/release-namespace']}`
    : 'no helm release'
  const whole = (verdict: Partial<PlannedObject>) => ({ planned: { ...planned, ...verdict }, settled: [], open: [] })
  if (options.adopts) return whole(judgeTakeOver(live, who))
  return whole({ verdict: Verdict.VERDICT_REFUSED, reason: `It exists and belongs to ${who}: helm does not take it over.` })
}

/** What no release holds and nobody brings back may be taken over; helm itself would take over anything. */
function judgeTakeOver({ metadata }: KubeObject, who: string): Partial<PlannedObject> {
  const found = readInstaller(metadata)
  const { verdict, reason = '' } = answerHandling(found, 'adopt')
  if (verdict === 'act') return {}
  const isReconciled = found.installer !== 'helm' && found.installer !== 'meshwright'
  return {
    verdict: Verdict.VERDICT_REFUSED,
    reason: isReconciled ? reason : `It exists and belongs to ${who}: it is not taken from there.`,
  }
}

async function releaseNow({ session }: Scene, { release, namespace }: InstallReleaseOptions): Promise<ReleasePayload | undefined> {
  const record = await whenForbidden(latestRelease(session, { namespace, name: release }), undefined)
  return record && readRelease(session, record)
}

/** What the release holds now, and helm would delete if the chart no longer names it. */
async function previousObjects({ session }: Scene, before: ReleasePayload | undefined, namespace: string): Promise<KubeObject[]> {
  if (before === undefined) return []
  const objects = await releaseObjects(session, before, namespace)
  return objects.filter((object) => !isKept(object))
}

async function run(scene: Scene, options: InstallReleaseOptions, context: StepContext): Promise<void> {
  const { session, releases, operation } = scene
  const { release, timeoutMs } = options
  const { signal, log } = context
  await freeRelease(scene, options, context)
  const edits = await editsNow(scene, options, context)
  const seconds = Math.max(1, Math.floor((Math.min(timeoutMs, context.deadline - Date.now()) - marginMs) / 1000))
  const stopFollowing = followRelease(session, options, log)
  const result = await releases.install({ ...options, edits }, { session, signal, log, seconds, operation }).finally(stopFollowing)
  signal.throwIfAborted()
  session.forgetResources()
  const problems = result.code === 0 ? [] : await releaseProblems(session, options)
  // A release that failed to get ready is ours all the same.
  await markWorkloads(session, options, operation)
  if (result.code !== 0) throw explainHelmFailure(result, `Release ${release} could not be brought up.`, problems)
}

/** Looked at anew: who scales went on since the plan. By what the chart sends, as the plan does. */
async function editsNow(scene: Scene, options: InstallReleaseOptions, { log, signal }: StepContext): Promise<FieldEdit[]> {
  const { session } = scene
  const before = options.adopts ? undefined : await releaseNow(scene, options)
  if (before?.isServerSide !== true) return []
  const { objects } = await scene.releases.render(options, { session, signal, arrivals: noArrivals() })
  return settleFields(session, objects, { policy: policyOf(options.catalog), namespace: options.namespace, log, signal })
}

/** A revision that a killed helm of ours left pending is cleared; somebody else's is not touched. */
async function freeRelease({ session }: Scene, { release, namespace }: InstallReleaseOptions, { log }: StepContext): Promise<void> {
  const record = await latestRelease(session, { namespace, name: release })
  if (record === undefined || !isUnfinished(record)) return
  if (!isLeftByUs(record)) {
    const { message, cause, remedy } = busyText(record)
    throw new AdapterError('release-busy', message, { cause, remedy })
  }
  log('warning', `Clearing revision ${record.revision} of ${release}, left ${record.status} by operation ${record.operation}.`)
  await forgetRecord(session, record)
}

async function inspect({ session }: Scene, { release, namespace, chart, values }: InstallReleaseOptions): Promise<StepEvidence> {
  const record = await latestRelease(session, { namespace, name: release })
  if (record === undefined) return { state: 'untouched', detail: `release ${release} is not there` }
  const payload = await readRelease(session, record)
  const same =
    payload?.chart === chart.chart && payload.chartVersion === chart.version && canonicalJson(payload.values) === canonicalJson(values)
  if (record.status !== 'deployed') return { state: 'partial', detail: `release ${release} is ${record.status}` }
  if (!same) return { state: 'partial', detail: `release ${release} is deployed with another chart or other values` }
  const problems = await releaseProblems(session, { release, namespace })
  if (problems.length > 0) return { state: 'partial', detail: `release ${release} is deployed; ${problems[0]}` }
  return { state: 'done', detail: `release ${release} is deployed with chart ${chart.version}` }
}
