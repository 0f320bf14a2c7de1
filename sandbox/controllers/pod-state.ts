import { mapOf } from '../json.js'
import type { KubeObject } from '../kube-object.js'

export function isReady(pod: KubeObject): boolean {
  const conditions = mapOf(pod.status).conditions
  return Array.isArray(conditions) && conditions.some((one) => mapOf(one).type === 'Ready' && mapOf(one).status === 'True')
}

/** Neither ended nor on its way out. */
export function isActive({ metadata, status }: KubeObject): boolean {
  const phase = mapOf(status).phase
  return metadata.deletionTimestamp === undefined && phase !== 'Succeeded' && phase !== 'Failed'
}
