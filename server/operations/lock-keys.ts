import type { ActionRequest } from '../../contract/plan.js'
import { sampleNamespace } from '../../contract/sample.js'

/** Categories whose actions touch the cluster-scoped parts of a mesh: CRDs, webhooks, cluster roles. */
const lifecycle = new Set(['install', 'upgrade', 'uninstall', 'adopt', 'rescue', 'revisions', 'add-on', 'certificates'])

/**
 * The resources that an action needs for itself: its installation and the mesh's cluster-scoped objects, or the
 * injection marks of namespaces, of whichever mesh, while its mesh stays as it is, or a cluster's samples and the marks of
 * their namespace, or the plain manifests of one namespace.
 */
export function lockKeys(request: ActionRequest, category: string): string[] {
  const { cluster, mesh, namespace = '', revision = '' } = request
  if (lifecycle.has(category)) return [`installation:${cluster}/${mesh}/${revision}`, `cluster-objects:${cluster}/${mesh}`]
  if (category === 'inject')
    return [...markedNamespaces(request).map((name) => `injection:${cluster}/${name}`), `cluster-objects:${cluster}/${mesh}`]
  // Whichever mesh it comes through, it may be the same namespace, whose marks it writes; and its pods come up as members while the mesh stays.
  if (category === 'sample')
    return [`sample:${cluster}`, `injection:${cluster}/${sampleNamespaceOf(request)}`, `cluster-objects:${cluster}/${mesh}`]
  return [`${category}:${cluster}/${mesh}/${namespace}`]
}

function markedNamespaces({ params = {} }: ActionRequest): string[] {
  const { namespaces } = params
  return Array.isArray(namespaces) ? namespaces.filter((name) => typeof name === 'string') : []
}

/** As the sample's actions read it. */
function sampleNamespaceOf({ params = {} }: ActionRequest): string {
  return typeof params.namespace === 'string' ? params.namespace : sampleNamespace
}
