import type { KubeObject } from '../../kube/kube-object.js'
import type { Catalog } from './catalog.js'

type Rule = Catalog['discoveryRules'][number]

/** Whether a pod ended, or is on its way out. */
export function isOver({ metadata, status }: KubeObject): boolean {
  const { phase } = (status ?? {}) as { phase?: string }
  return metadata.deletionTimestamp !== undefined || phase === 'Succeeded' || phase === 'Failed'
}

/** For lists of pods: without those that ended. */
export const notOver = 'status.phase!=Succeeded,status.phase!=Failed'

/** The rule by which an object with these labels is a part of the mesh; the first that fits. */
export function ruleFor({ discoveryRules }: Pick<Catalog, 'discoveryRules'>, labels: Record<string, string> = {}): Rule | undefined {
  return discoveryRules.find((rule) =>
    rule.labels.every(({ key, values }) => labels[key] !== undefined && (values.length === 0 || values.includes(labels[key]))),
  )
}

/** Whether a pod with these labels is a part of the mesh itself. */
export function isOfMesh(catalog: Catalog, labels: Record<string, string> = {}): boolean {
  return ruleFor(catalog, labels) !== undefined
}

/** Who made an object and looks after it. */
export function controllerOf({ metadata }: KubeObject) {
  return metadata.ownerReferences?.find(({ controller }) => controller)
}
