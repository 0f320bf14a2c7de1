import type { RolloutStage } from '../../contract/rollout.js'
import type { RolloutRow } from './rollout-store.js'

/** Which control planes stand now and who is with which, as far as the stages of the rollout tell. */
export function standingOf({ revision, newRevision, tag }: RolloutRow, stages: RolloutStage[]): string {
  const { canary, retire } = endsOf(stages)
  if (retire?.state === 'succeeded') return `Revision ${newRevision} has taken over; ${revision} is gone.`
  if (canary?.operation === undefined) return `Revision ${revision} serves everybody; nothing was changed.`
  if (canary.state !== 'succeeded')
    return `Revision ${revision} serves everybody; of the second control plane ${newRevision} a part may be there.`
  if (retire?.operation !== undefined) {
    return `Retiring ${revision} was begun and is not done: the gateways may be with ${newRevision} already, and ${revision} may be there still.`
  }
  const waves = stages.filter(({ action }) => action === 'join')
  const isMoved = ({ state }: RolloutStage) => state === 'succeeded'
  const isBegun = ({ operation }: RolloutStage) => operation !== undefined
  const namesOf = (of: (wave: RolloutStage) => boolean) => waves.filter(of).flatMap(({ namespaces }) => namespaces)
  const moved = namesOf(isMoved)
  const partly = namesOf((wave) => isBegun(wave) && !isMoved(wave))
  const left = namesOf((wave) => !isBegun(wave) && !isMoved(wave))
  // Whoever asks for the tag comes to the new revision with any restart.
  const pointed = stages.some(({ action, state }) => action === 'point-tag' && state === 'succeeded')
  return [
    `Two control planes stand, ${revision} and ${newRevision}.`,
    ...(pointed ? [`Tag ${tag} points at ${newRevision}.`] : []),
    ...(moved.length > 0 ? [`With ${newRevision}: ${moved.join(', ')}.`] : []),
    ...(partly.length > 0 ? [`With either: ${partly.join(', ')}.`] : []),
    ...(left.length > 0 ? [`${pointed ? 'Not restarted by this rollout yet' : `With ${revision} still`}: ${left.join(', ')}.`] : []),
  ].join(' ')
}

/** What to do about what a stopped rollout left: go forward by hand, or back; only forward once the old revision may be gone. */
export function remedyOf({ state, revision, newRevision, tag }: RolloutRow, stages: RolloutStage[]): string | undefined {
  const { canary, retire } = endsOf(stages)
  if (state !== 'stopped' || canary?.operation === undefined || retire?.state === 'succeeded') return undefined
  if (retire?.operation !== undefined) {
    return `Go forward only: let operation ${retire.operation} come to its end, resume or retry it if it did not succeed, until ${revision} is retired. Do not uninstall revision ${newRevision}: it may be the only one that serves.`
  }
  const onward = tag ? `point tag ${tag} at ${newRevision} with a restart` : `let the namespaces that are left join ${newRevision}`
  const back = tag ? `point tag ${tag} at ${revision} again with a restart` : `let those that moved join ${revision} again`
  return `To finish: ${onward}, then retire ${revision}. To go back: ${back}, then uninstall revision ${newRevision}.`
}

function endsOf(stages: RolloutStage[]): { canary: RolloutStage | undefined; retire: RolloutStage | undefined } {
  return { canary: stages[0], retire: stages.at(-1) }
}
