import type { OperationRow, OperationStore } from './operation-store.js'

export interface InstallationKey {
  cluster: string
  mesh: string
  /** Empty: the default revision. Undefined: all of them. */
  revision: string | undefined
}

/**
 * The installs and upgrades of what is there now, oldest first: those after the last uninstall that succeeded. Failed ones
 * count, too: a retry begins on what they left.
 */
export function lifeOf(store: Pick<OperationStore, 'lifeOf'>, key: InstallationKey, { before }: { before?: string } = {}): OperationRow[] {
  const life = store.lifeOf(key).filter(({ id }) => before === undefined || id < before)
  const lastEnd = life.findLastIndex(({ request, state }) => request.action === 'uninstall' && state === 'succeeded')
  return life.slice(lastEnd + 1).filter(({ request }) => request.action !== 'uninstall')
}

/** The installs among them: with none, somebody else brought it. */
export function installsOf(store: Pick<OperationStore, 'lifeOf'>, key: InstallationKey): OperationRow[] {
  return lifeOf(store, key).filter(({ request }) => request.action === 'install')
}
