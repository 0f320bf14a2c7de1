import { mkdir, mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Everything one cluster writes lies in a new folder of its own; the keeper removes it. */
export interface StateFolder {
  readonly folder: string
  /** Certificates, keys, and kubeconfigs of the components. */
  readonly pki: string
  /** One file per process. */
  readonly logs: string
}

export async function createStateFolder(prefix: string): Promise<StateFolder> {
  const folder = await mkdtemp(join(tmpdir(), prefix))
  const state = { folder, pki: join(folder, 'pki'), logs: join(folder, 'logs') }
  await Promise.all([mkdir(state.pki), mkdir(state.logs)])
  return state
}
