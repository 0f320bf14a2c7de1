import type { KubeConnection } from './connection.js'
import { kubeRequest } from './kube-client.js'
import type { KubeObject } from './kube-object.js'

export interface MergePatchOptions {
  /** Path of the object, see objectPath. */
  path: string
  /** RFC 7396: null takes a field away. A `metadata.resourceVersion` in it makes the change a 409 when the object is another one by now. */
  patch: unknown
  fieldManager: string
  dryRun?: boolean
  signal?: AbortSignal | undefined
}

/** Changes single fields and leaves all others to whoever wrote them; answers the object as it is, or would be, stored. Throws KubeError. */
export async function mergePatchObject(connection: KubeConnection, options: MergePatchOptions): Promise<KubeObject> {
  const { path, patch, fieldManager, dryRun, signal } = options
  return kubeRequest<KubeObject>(connection, {
    method: 'PATCH',
    path,
    query: { fieldManager, dryRun: dryRun ? 'All' : undefined },
    contentType: 'application/merge-patch+json',
    body: patch,
    signal,
  })
}
