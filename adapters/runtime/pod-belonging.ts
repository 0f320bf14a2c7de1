import type { KubeObject } from '../../kube/kube-object.js'
import type { Catalog } from './catalog.js'

/** Whether a pod ended, or is on its way out. */
export function isOver({ metadata, status }: KubeObject): boolean {
  const { phase } = (status ?? {}) as { phase?: string }
  return metadata.deletionTimestamp !== undefined || phase === 'Succeeded' || phase === 'Failed'
}

/** Whether a pod with these labels is a part of the mesh itself. */
export function isOfMesh({ discoveryRules }: Catalog, labels: Record<string, string> = {}): boolean {
  return discoveryRules.some((rule) =>
    rule.labels.every(({ key, values }) => labels[key] !== undefined && (values.length === 0 || values.includes(labels[key]))),
  )
}

/** Who made an object and looks after it. */
export function controllerOf({ metadata }: KubeObject) {
  return metadata.ownerReferences?.find(({ controller }) => controller)
}
