import { setTimeout as sleep } from 'node:timers/promises'
import type { KubeObject } from '../../../kube/kube-object.js'
import { AdapterError } from '../../runtime/adapter-error.js'
import { noArrivals } from '../../runtime/arrivals.js'
import type { ClusterSession } from '../../runtime/cluster-session.js'
import { count } from '../../runtime/count.js'
import { judgePatch } from '../../runtime/judge-object.js'
import { nameOf, refOf } from '../../runtime/manifests.js'
import type { NamespaceApplications } from '../../runtime/membership-pods.js'
import type { Scene, Step, StepContext } from '../../runtime/mesh-adapter.js'
import { refusedFindings } from '../../runtime/plan-findings.js'
import { ruleFor } from '../../runtime/pod-belonging.js'
import { restartManager, restartPatch, restartWorkload, rollPodsStep } from '../../runtime/roll-pods-step.js'
import { waitReady } from '../../runtime/wait-ready.js'
import { linkerdCatalog } from '../linkerd-catalog.js'
import { findPlane, isUpTo, readProxies } from './proxies.js'
import { noteLost, type Stage } from './rotation-note.js'
import { type Rotation, type RotationPlace, readRotation, rotationNow } from './rotation-state.js'
import { changeIdentity, timeOfCluster } from './write-identity.js'

/** A place of proxies: a namespace, and what runs in it. */
export interface ProxyNamespace {
  name: string
  applications: NamespaceApplications
}

/** One of the restarts of a rotation, as it was looked at when the plan was made. */
export interface RestartOptions {
  place: RotationPlace
  planned: Rotation
  stage: Stage
  plane: readonly KubeObject[]
  namespaces: readonly ProxyNamespace[]
  timeoutMs: number
}

const stages: Record<Stage, { key: string; so: string; goal: string; are: string }> = {
  trusted: { key: 'trust', so: 'so that it trusts both anchors', goal: 'both anchors', are: 'made with both anchors' },
  certified: { key: 'certify', so: 'so that it takes up the new issuer', goal: 'the new issuer', are: 'made since the new issuer signs' },
  forgotten: {
    key: 'forget',
    so: 'so that it trusts only the new anchor',
    goal: 'the new anchor alone',
    are: 'made with only the new anchor',
  },
}

/** The control plane first, because new pods are what it makes of them; then one namespace after the other. */
export function restartSteps(scene: Scene, options: RestartOptions): Step[] {
  return [planeStep(scene, options), ...options.namespaces.map((namespace) => proxiesStep(scene, options, namespace))]
}

function planeStep({ session, signal }: Scene, { place, planned, stage, plane, timeoutMs }: RestartOptions): Step {
  const key = `${stages[stage].key}-control-plane`
  return {
    ...{ key, title: `Restart the control plane ${stages[stage].so}`, component: 'control-plane', kind: 'manifests' },
    equivalent: plane.map(({ metadata }) => `kubectl rollout restart deployment/${metadata.name} -n ${metadata.namespace}`).join(' && '),
    preview: async () => {
      const judgement = { step: key, fieldManager: restartManager, force: false, arrivals: noArrivals(), expectedManagers: [], signal }
      const shown = planned.note?.[stage] ? [] : plane
      const objects = await Promise.all(shown.map((object) => judgePatch(session, { object, patch: restartPatch() }, judgement)))
      return { hooks: [], objects, findings: refusedFindings(objects), facts: [] }
    },
    run: async (context) => {
      const begun = (await rotationNow(session, place)).note
      if (begun?.[stage]) return context.log('info', `It was restarted for this before ${begun[stage]}.`)
      const [signer, ...others] = await findPlane(session, place.namespace)
      for (const group of [signer ? [signer] : [], others]) await restart(session, group, { context, timeoutMs })
      await waitGone(session, place.namespace, { context, timeoutMs })
      const since = await timeOfCluster(session, place.namespace, context.signal)
      const { roots, note } = await rotationNow(session, place)
      if (note === undefined) throw noteLost()
      await changeIdentity(session, roots, { note: { ...note, [stage]: since } })
      context.log('info', `Pods that are made after ${since} are ${stages[stage].are}.`)
    },
    inspect: async () => {
      const since = (await readRotation(session, place))?.note?.[stage] ?? ''
      return { state: since ? 'done' : 'untouched', detail: since ? `restarted before ${since}` : 'not restarted yet' }
    },
  }
}

async function restart(
  session: ClusterSession,
  workloads: readonly KubeObject[],
  { context, timeoutMs }: { context: StepContext; timeoutMs: number },
): Promise<void> {
  for (const workload of workloads) {
    context.signal.throwIfAborted()
    await restartWorkload(session, workload, restartPatch())
    context.log('info', `${nameOf(workload)} restarts`, { object: refOf(workload) })
  }
  await waitReady(session, workloads, { context, timeoutMs })
}

const pollMs = 1_000

/** A pod of before may still answer while it ends: whom it answers is made with what it knows. */
async function waitGone(
  session: ClusterSession,
  namespace: string,
  { context, timeoutMs }: { context: StepContext; timeoutMs: number },
): Promise<void> {
  const until = Math.min(context.deadline, Date.now() + timeoutMs)
  for (;;) {
    const pods = await session.list({ apiVersion: 'v1', kind: 'Pod' }, { namespace, metadataOnly: true })
    const ending = pods.filter(
      ({ metadata }) => metadata.deletionTimestamp !== undefined && ruleFor(linkerdCatalog, metadata.labels)?.role === 'control-plane',
    )
    if (ending.length === 0) return
    if (Date.now() >= until) {
      throw new AdapterError('timeout', `${count(ending.length, 'pod')} of the control plane did not end in time.`, {
        cause: `${ending.map((pod) => nameOf(pod)).join(', ')}.`,
        remedy: 'See what holds them (kubectl describe pod), then retry the operation.',
      })
    }
    await sleep(pollMs, undefined, { signal: context.signal })
  }
}

function proxiesStep(scene: Scene, { place, planned, stage, timeoutMs }: RestartOptions, { name, applications }: ProxyNamespace): Step {
  const { session } = scene
  const { key, goal, are } = stages[stage]
  const toRoll = ({ workloads }: NamespaceApplications, rotation: Rotation) =>
    workloads.filter(({ pods }) => pods.some((pod) => !isUpTo(stage, pod, rotation))).map(({ workload }) => workload)
  const step = rollPodsStep(scene, {
    key: `${key}-${name}`,
    namespace: name,
    shown: toRoll(applications, planned),
    look: async () => {
      const rotation = await rotationNow(session, place)
      const found = await readProxies(session, { namespace: name, of: place.namespace })
      return { applications: found, workloads: toRoll(found, rotation), isAsWished: (pod) => isUpTo(stage, pod, rotation) }
    },
    patchOf: () => restartPatch(),
    texts: { wished: are, missed: are },
    timeoutMs,
  })
  return { ...step, title: `${step.title}, for ${goal}` }
}
