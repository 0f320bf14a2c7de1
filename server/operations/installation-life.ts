import type { OperationRow, OperationStore } from './operation-store.js'

export interface InstallationKey {
  cluster: string
  mesh: string
  /** Empty: the default revision. */
  revision: string
}

/**
 * The installs and upgrades of what is there now, oldest first: those after the last uninstall that succeeded. Failed ones
 * count, too: a retry begins on what they left.
 */
export function lifeOf(store: Pick<OperationStore, 'lifeOf'>, key: InstallationKey, { before }: { before?: string } = {}): OperationRow[] {
  const life = store.lifeOf(key).filter(({ id }) => before === undefined || id < before)
  const lastEnd = life.findLastIndex(({ request, state }) => ends.includes(request.action) && state === 'succeeded')
  return life.slice(lastEnd + 1).filter(({ request }) => !ends.includes(request.action))
}

// A revision ends by either; the mesh lives on after a retirement.
const ends = ['uninstall', 'retire']

/** The installs among them: with none, somebody else brought it. */
export function installsOf(store: Pick<OperationStore, 'lifeOf'>, key: InstallationKey): OperationRow[] {
  return lifeOf(store, key).filter(({ request }) => request.action === 'install')
}

/** The same of all revisions of a mesh in a cluster: it ends with the uninstall that leaves none, not with that of a canary. */
export function meshLifeOf(
  store: Pick<OperationStore, 'lifeOf'>,
  key: Omit<InstallationKey, 'revision'>,
  { before }: { before: string },
): OperationRow[] {
  const rows = store.lifeOf({ ...key, revision: undefined }).filter(({ id }) => id < before)
  let start = 0
  let second = false
  for (const [index, { request, state }] of rows.entries()) {
    if (state !== 'succeeded') continue
    if (request.action === 'uninstall' && !second) start = index + 1
    second = request.action === 'canary' || (second && !ends.includes(request.action))
  }
  return rows.slice(start).filter(({ request }) => request.action !== 'uninstall')
}
