import type { KubeObject } from '../../../kube/kube-object.js'
import type { Finding } from '../../../proto/gen/meshwright/adapter/v1/adapter.js'
import type { Catalog } from '../catalog.js'
import { nameOf, refOf } from '../manifests.js'
import { revisionMark } from '../membership-marks.js'
import { errorFinding, infoFinding, warningFinding } from '../plan-findings.js'
import { capturedBy } from '../read-marks.js'
import type { DryRun } from './dry-run-pod.js'
import type { ExplainedPod } from './explained-pod.js'
import { tracesIn } from './injected-traces.js'
import { type Container, containersOf } from './next-pod.js'

/** What the API server's dry run of the next pod showed. */
export function dryRunReasons(catalog: Catalog, { next }: ExplainedPod, dryRun: DryRun): Finding[] {
  if (dryRun.state === 'unknown') {
    const message = 'What a new pod would get could not be tried.'
    return [warningFinding({ code: 'dry-run-unknown', message, cause: dryRun.why })]
  }
  if (dryRun.state === 'refused') {
    return [
      errorFinding({
        code: 'dry-run-refused',
        message: 'The API server refuses a new pod like it.',
        cause: dryRun.words,
        remedy: 'Mend what its words name before anything is restarted: pods that go now do not come back.',
      }),
    ]
  }
  const added = addedTo(next, dryRun.answer)
  const others = tracesIn(dryRun.answer).filter(({ mesh, marks }) => mesh !== catalog.mesh && marks.length > 0)
  return [whatCame(catalog, { next, added, answer: dryRun.answer }), ...twice(catalog, { answer: dryRun.answer, others })]
}

/** Whether the running pod is what a new one would be; says nothing where nothing was tried. */
export function runningReasons(catalog: Catalog, explained: ExplainedPod, dryRun: DryRun): Finding[] {
  const { pod } = explained
  if (pod === undefined) {
    return [infoFinding({ code: 'no-pod', message: 'No pod of it runs now; what is said holds for its next one.' })]
  }
  const captured = capturedBy(catalog, pod) !== undefined
  const object = refOf(pod)
  const now = infoFinding({
    code: captured ? 'pod-in' : 'pod-out',
    message: `Pod ${pod.metadata.name} ${captured ? 'is in the mesh now' : 'is not in the mesh now'}.`,
    cause: whatShows(catalog, pod),
    object,
  })
  if (dryRun.state !== 'made') return [now]
  const willBe = capturedBy(catalog, dryRun.answer) !== undefined
  // Ambient members show only once they run.
  if (capturedBy(catalog, pod)?.mode === 'ambient') return [now]
  if (willBe !== captured) return [now, restartReason(explained, { pod, willBe })]
  return [now, ...(captured ? stepReasons(catalog, explained, { pod, answer: dryRun.answer }) : [])]
}

/** Containers that admission added. */
function addedTo(before: KubeObject, after: KubeObject): Container[] {
  const known = new Set(containersOf(before).map(({ name }) => name))
  return containersOf(after).filter(({ name }) => !known.has(name))
}

function whatCame(
  catalog: Catalog,
  { next, added, answer }: { next: KubeObject; added: readonly Container[]; answer: KubeObject },
): Finding {
  if (capturedBy(catalog, next) !== undefined) {
    const message = `The template holds the sidecar of ${catalog.title} itself: it was put there by hand.`
    return infoFinding({ code: 'sidecar-by-hand', message, remedy: 'An upgrade of the mesh does not reach it; write it anew then.' })
  }
  const images = added.map(({ name, image }) => `${name} (${image ?? 'without an image'})`).join(', ')
  if (added.length === 0) {
    return infoFinding({ code: 'dry-run-nothing', message: 'The API server takes a new pod like it as it is: nothing is added.' })
  }
  const whose = capturedBy(catalog, answer) ? catalog.title : (tracesIn(answer)[0]?.title ?? 'a webhook')
  return infoFinding({
    code: capturedBy(catalog, answer) ? 'dry-run-sidecar' : 'dry-run-other',
    message: `The API server takes a new pod like it, and ${whose} adds containers: ${images}.`,
    cause: 'A dry run of such a pod showed it; nothing was made.',
  })
}

function twice(catalog: Catalog, { answer, others }: { answer: KubeObject; others: readonly { title: string }[] }): Finding[] {
  if (others.length === 0 || capturedBy(catalog, answer) === undefined) return []
  return [
    errorFinding({
      code: 'two-injectors',
      message: `Two meshes take such a pod in: ${[catalog.title, ...others.map(({ title }) => title)].join(' and ')}.`,
      cause: 'Each adds a proxy of its own, and both redirect the same traffic.',
      remedy: 'Let the namespace leave one of them before anything is restarted.',
    }),
  ]
}

function whatShows(catalog: Catalog, pod: KubeObject): string {
  const mark = capturedBy(catalog, pod)
  return mark ? `It carries the ${mark.carrier} ${mark.key}.` : 'It carries nothing that an injector leaves.'
}

function restartReason({ workload }: ExplainedPod, { pod, willBe }: { pod: KubeObject; willBe: boolean }): Finding {
  return warningFinding({
    code: 'restart-needed',
    message: `A new pod would be ${willBe ? 'in the mesh' : 'out of the mesh'}; this one was made before that was so.`,
    cause: `It was made at ${pod.metadata.creationTimestamp ?? 'an unknown time'}. A sidecar comes and goes with its pod.`,
    remedy: restartOf(workload, pod),
    object: refOf(pod),
  })
}

function restartOf(workload: KubeObject | undefined, pod: KubeObject): string {
  const rolls = workload && ['Deployment', 'StatefulSet', 'DaemonSet'].includes(workload.kind)
  if (rolls)
    return `Restart it: kubectl rollout restart ${workload.kind.toLowerCase()}/${workload.metadata.name} -n ${pod.metadata.namespace}`
  return `Make it anew when it suits: ${workload ? `${nameOf(workload)} replaces no pods by itself` : 'nothing replaces it'}.`
}

/** A sidecar of another revision, or of another version, than a new pod would get. */
function stepReasons(catalog: Catalog, { workload }: ExplainedPod, { pod, answer }: { pod: KubeObject; answer: KubeObject }): Finding[] {
  const remedy = restartOf(workload, pod)
  const [was, is] = [revisionOf(catalog, pod), revisionOf(catalog, answer)]
  if (was !== undefined && is !== undefined && was !== is) {
    const message = `The pod belongs to revision ${was}, and a new one would belong to ${is}.`
    return [warningFinding({ code: 'other-revision', message, remedy, object: refOf(pod) })]
  }
  const names = catalog.injectionMarks.filter(({ carrier }) => carrier === 'container').map(({ key }) => key)
  const imageIn = (of: KubeObject) => containersOf(of).find(({ name }) => names.includes(name))?.image
  const [old, fresh] = [imageIn(pod), imageIn(answer)]
  if (old === undefined || fresh === undefined || old === fresh) return []
  const message = `The sidecar of the pod is ${old}, and a new one would get ${fresh}.`
  return [warningFinding({ code: 'other-sidecar', message, remedy, object: refOf(pod) })]
}

function revisionOf(catalog: Catalog, { metadata }: KubeObject): string | undefined {
  const key = revisionMark(catalog)?.key
  return key === undefined ? undefined : (metadata.annotations?.[key] ?? metadata.labels?.[key])
}
