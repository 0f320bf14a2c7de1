import type { ActionRequest } from '../../contract/plan.js'

/** Categories whose actions touch the cluster-scoped parts of a mesh: CRDs, webhooks, cluster roles. */
const lifecycle = new Set(['install', 'upgrade', 'uninstall', 'rescue', 'add-on', 'certificates'])

/**
 * The resources that an action needs for itself: its installation and the mesh's cluster-scoped objects, or the
 * injection marks of the cluster, or the plain manifests of one namespace.
 */
export function lockKeys(request: ActionRequest, category: string): string[] {
  const { cluster, mesh, namespace = '', revision = '' } = request
  if (lifecycle.has(category)) return [`installation:${cluster}/${mesh}/${revision}`, `cluster-objects:${cluster}/${mesh}`]
  if (category === 'inject') return [`injection:${cluster}/${namespace}`]
  return [`${category}:${cluster}/${mesh}/${namespace}`]
}
