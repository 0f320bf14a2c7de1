import type { KubeConnection } from './connection.js'
import { kubeRequest } from './kube-client.js'
import type { KubeObject } from './kube-object.js'

export interface ApplyOptions {
  /** Path of the object, see objectPath. */
  path: string
  object: unknown
  fieldManager: string
  dryRun?: boolean
  /** Takes over fields of other managers; without it their ownership is a 409 with one cause per field. */
  force?: boolean
  /** Strict refuses unknown and repeated fields with 400; Warn, the default of kubectl, only says so. */
  fieldValidation?: 'Strict' | 'Warn' | 'Ignore'
  signal?: AbortSignal | undefined
}

/** Server-side apply; answers the object as it is, or would be, stored. Throws KubeError. */
export async function applyObject(connection: KubeConnection, options: ApplyOptions): Promise<KubeObject> {
  const { path, object, fieldManager, dryRun, force, fieldValidation, signal } = options
  return kubeRequest<KubeObject>(connection, {
    method: 'PATCH',
    path,
    query: { fieldManager, fieldValidation, force: force ? 'true' : undefined, dryRun: dryRun ? 'All' : undefined },
    contentType: 'application/apply-patch+yaml',
    body: object,
    signal,
  })
}
