import type { KubeObject } from '../../kube/kube-object.js'

/** What the steps of a plan bring before a later one needs it: kinds of new CRDs, and namespaces. Values are step keys. */
export interface Arrivals {
  readonly kinds: Map<string, string>
  readonly namespaces: Map<string, string>
}

/** Before the first step: nothing has come yet. */
export function noArrivals(): Arrivals {
  return { kinds: new Map(), namespaces: new Map() }
}

/** Notes the CRDs and namespaces among the objects that a step creates. */
export function noteArrivals(arrivals: Arrivals, step: string, objects: readonly KubeObject[]): void {
  for (const object of objects) {
    if (object.kind === 'Namespace' && object.metadata.name) arrivals.namespaces.set(object.metadata.name, step)
    // One without a spec only changes marks of a definition that is there.
    if (object.kind === 'CustomResourceDefinition' && object.spec) for (const kind of servedKinds(object)) arrivals.kinds.set(kind, step)
  }
}

/** `group/version/Kind` for each served version of a CRD, as helm's --api-versions takes them. */
function servedKinds(definition: KubeObject): string[] {
  const spec = definition.spec as CrdSpec
  return spec.versions.filter((version) => version.served).map((version) => `${spec.group}/${version.name}/${spec.names.kind}`)
}

interface CrdSpec {
  group: string
  names: { kind: string }
  versions: { name: string; served: boolean }[]
}
