import type { ReleaseRecord } from './helm-releases.js'

/** Key of the action that clears the record of a release that a helm was killed in. */
export const unlockRelease = 'unlock-release'

/** What is said of a release that a helm works on or was killed in, and the ways out, each a choice of its own. */
export function busyText({ namespace, name, revision, status }: ReleaseRecord): { message: string; cause: string; remedy: string } {
  const back = status === 'uninstalling' || status === 'pending-install' ? '' : 'go back to an earlier revision (roll-back), or to '
  return {
    message: `Release ${name} in ${namespace} is ${status}: another helm works on it, or was killed in it.`,
    cause: `Revision ${revision} was not made by an operation of Meshwright that is known to have ended.`,
    remedy: `Wait for that helm. If nobody runs it any more, run the rescue "Unlock a stuck release" (${unlockRelease}): it makes sure of that and clears only the stale record; then plan again. To ${back}take it away instead (helm uninstall ${name} --namespace ${namespace}) is a choice of its own.`,
  }
}
