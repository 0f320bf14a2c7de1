import { parse } from 'yaml'
import type { KubeObject } from '../../kube/kube-object.js'
import { Change, type ObjectRef, type PlannedObject } from '../../proto/gen/meshwright/adapter/v1/adapter.js'
import { noArrivals } from './arrivals.js'
import { canonicalJson } from './canonical-json.js'
import { nameOf, refOf } from './manifests.js'
import type { Step } from './mesh-adapter.js'
import type { MeshPart } from './mesh-parts.js'

/** What an adoption comes to, object by object. */
export interface TakeOver {
  /** Those that are there and get a release. */
  taken: ObjectRef[]
  /** Those of them that get other content than they have, besides the marks of helm. */
  changed: ObjectRef[]
  created: ObjectRef[]
  /** Every object of the plan, as `Kind namespace/name`. */
  names: ReadonlySet<string>
}

/** Looks at each step once, in order, and answers the steps with what was seen: a plan asks each again. */
export async function countTakeOver(steps: readonly Step[]): Promise<{ steps: Step[]; counts: TakeOver }> {
  const arrivals = noArrivals()
  const seen: { step: Step; objects: readonly PlannedObject[] }[] = []
  for (const step of steps) {
    const preview = await step.preview(arrivals)
    seen.push({ step: { ...step, preview: async () => preview }, objects: preview.objects })
  }
  const all = seen.flatMap(({ objects }) => objects)
  const taken = all.filter((object) => object.beforeYaml !== '' && ownerOf(object.beforeYaml) === '' && ownerOf(object.afterYaml) !== '')
  return {
    steps: seen.map(({ step }) => step),
    counts: {
      taken: taken.flatMap(({ object }) => object ?? []),
      changed: taken.filter(changesContent).flatMap(({ object }) => object ?? []),
      created: all.filter(({ change }) => change === Change.CHANGE_CREATE).flatMap(({ object }) => object ?? []),
      names: new Set(all.flatMap(({ object }) => (object ? [keyOfRef(object)] : []))),
    },
  }
}

/** Workloads of the installation that none of the planned objects is. */
export function partsLeft(parts: readonly MeshPart[], { names }: TakeOver): string[] {
  return parts.filter(({ workload }) => !names.has(keyOfRef(refOf(workload)))).map(({ workload }) => nameOf(workload))
}

function keyOfRef({ kind, namespace, name }: ObjectRef): string {
  return `${kind} ${namespace}/${name}`
}

const releaseMarks = ['meta.helm.sh/release-name', 'meta.helm.sh/release-namespace']

function ownerOf(yaml: string): string {
  const object: KubeObject = parse(yaml)
  return object.metadata.annotations?.['meta.helm.sh/release-name'] ?? ''
}

function changesContent({ beforeYaml, afterYaml }: PlannedObject): boolean {
  return contentOf(beforeYaml) !== contentOf(afterYaml)
}

/** The object without what says whose it is. */
function contentOf(yaml: string): string {
  const { metadata, ...object }: KubeObject = parse(yaml)
  const { labels = {}, annotations = {}, ...more } = metadata
  const without = (marks: Record<string, string>, names: readonly string[]) =>
    Object.fromEntries(Object.entries(marks).filter(([name]) => !names.includes(name)))
  const content = {
    ...more,
    labels: without(labels, ['app.kubernetes.io/managed-by']),
    annotations: without(annotations, releaseMarks),
  }
  return canonicalJson({ ...object, metadata: content })
}
