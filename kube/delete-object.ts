import type { KubeConnection } from './connection.js'
import { KubeError, kubeRequest } from './kube-client.js'

export interface DeleteOptions {
  /** Path of the object, see objectPath. */
  path: string
  propagation?: 'Background' | 'Foreground' | 'Orphan'
  /** Refused with 409 when the live object has another uid or version: it is not the one that was looked at. */
  preconditions?: { uid?: string; resourceVersion?: string }
  dryRun?: boolean
  signal?: AbortSignal | undefined
}

/** Asks for the deletion of one object; false when it is not there. Finalizers may keep it for a while after the answer. */
export async function deleteObject(connection: KubeConnection, options: DeleteOptions): Promise<boolean> {
  const { path, propagation = 'Background', preconditions, dryRun, signal } = options
  const answer = kubeRequest(connection, {
    method: 'DELETE',
    path,
    query: { dryRun: dryRun ? 'All' : undefined },
    body: {
      apiVersion: 'v1',
      kind: 'DeleteOptions',
      propagationPolicy: propagation,
      ...(preconditions ? { preconditions } : {}),
      ...(dryRun ? { dryRun: ['All'] } : {}),
    },
    signal,
  })
  return answer.then(
    () => true,
    (error: unknown) => {
      if (error instanceof KubeError && error.status === 404) return false
      throw error
    },
  )
}
