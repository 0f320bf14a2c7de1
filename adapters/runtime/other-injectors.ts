import type { KubeMetadata, KubeObject } from '../../kube/kube-object.js'
import type { Finding } from '../../proto/gen/meshwright/adapter/v1/adapter.js'
import type { Catalog } from './catalog.js'
import { type ForeignMark, foreignMarks, foreignProxies, foreignTemplateMarks } from './foreign-marks.js'
import { groupBy } from './group-by.js'
import { nameOf, refOf } from './manifests.js'
import type { Place } from './membership-places.js'
import { templateOf } from './membership-pods.js'
import { errorFinding } from './plan-findings.js'
import { asksFor } from './read-marks.js'
import { someNames } from './some-names.js'

/** What refuses a join: another mesh that the namespace asks for, or that its applications ask for themselves or are in. One finding per mesh. */
export function otherInjectors(catalog: Catalog, place: Pick<Place, 'name' | 'namespace' | 'applications'>): Finding[] {
  const { name, namespace } = place
  const asked = foreignMarks(catalog.mesh, namespace)
  const inside = applicationsOf(catalog, place).filter(({ mesh }) => asked.every((other) => other.mesh !== mesh))
  return [
    ...asked.map((other) =>
      refusal(name, { ...other, message: `Namespace ${name} asks for ${other.title} already: ${other.mark}.`, object: namespace }),
    ),
    ...[...groupBy(inside, ({ mesh }) => mesh).values()].flatMap((found) => ofApplications(catalog, name, found)),
  ]
}

/** Where templates ask, that is told; where none does, the pods that are in the other mesh all the same. */
function ofApplications(catalog: Catalog, name: string, found: readonly Found[]): Finding[] {
  const asking = found.filter(({ mark }) => mark !== '')
  const told = asking.length > 0 ? asking : found
  const [first] = told
  if (first === undefined) return []
  const { title, mark } = first
  const names = someNames(told.map(({ object }) => nameOf(object)))
  const message =
    mark === ''
      ? `Pods of ${name} are in ${title} already: ${names}.`
      : `Pod templates of ${name} ask for ${title} already (${mark}): ${names}.`
  const out = catalog.injectionMarks.find(({ kind, scope, valuesOut }) => kind === 'desired' && scope === 'pod' && valuesOut.length > 0)
  const otherwise = out && `What is to stay in ${title} can be left out instead: ${out.key}=${out.valuesOut[0]} on its pod template.`
  return [refusal(name, { ...first, message, otherwise })]
}

interface Found extends ForeignMark {
  object: KubeObject
}

/** Whatever opted out of this mesh gets one proxy only. A pod's mark is empty where only its proxy tells. */
function applicationsOf(catalog: Catalog, { applications: { workloads, loose } }: Pick<Place, 'applications'>): Found[] {
  const isOut = (metadata: Pick<KubeMetadata, 'labels' | 'annotations'>) => asksFor(catalog, 'pod', metadata) === 'out'
  const asking = [
    ...workloads.map(({ workload }) => ({ object: workload, metadata: templateOf(workload) })),
    ...loose.map(({ pod }) => ({ object: pod, metadata: pod.metadata })),
  ].filter(({ metadata }) => !isOut(metadata))
  const pods = [...workloads.flatMap((each) => each.pods), ...loose.map(({ pod }) => pod)].filter(({ metadata }) => !isOut(metadata))
  return [
    ...asking.flatMap(({ object, metadata }) => foreignTemplateMarks(catalog.mesh, metadata).map((other) => ({ ...other, object }))),
    ...pods.flatMap((pod) => foreignProxies(catalog.mesh, pod).map((other) => ({ ...other, mark: '', object: pod }))),
  ]
}

function refusal(
  name: string,
  { mesh, title, message, otherwise, object }: Omit<Found, 'mark'> & { message: string; otherwise?: string | undefined },
): Finding {
  const migrate = `Migrate it: let it leave ${title} first (meshwright mesh leave ${mesh} ${name}), then plan this again.`
  return errorFinding({
    code: 'two-injectors',
    message,
    cause: 'Two injectors put two proxies into each pod, and both redirect the same traffic.',
    remedy: [migrate, otherwise].filter(Boolean).join(' '),
    object: refOf(object),
  })
}
