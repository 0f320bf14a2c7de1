import { StatusMark } from '../../components/status-mark.js'
import type { Tone } from '../../components/tone.js'
import type { Schema } from '../../lib/schema.js'

type State = Schema<'Rollout'>['state']
type StageState = Schema<'RolloutStage'>['state']

const states: Record<State, readonly [Tone, string]> = {
  planning: ['busy', 'Planning'],
  'waiting-for-approval': ['warn', 'Waits for approval'],
  blocked: ['bad', 'Blocked'],
  running: ['busy', 'Running'],
  interrupted: ['warn', 'Interrupted'],
  'stage-failed': ['bad', 'Stage failed'],
  succeeded: ['ok', 'Succeeded'],
  stopped: ['idle', 'Stopped'],
}

const stageStates: Record<StageState, readonly [Tone, string]> = {
  pending: ['idle', 'Not yet'],
  planning: ['busy', 'Planning'],
  'waiting-for-approval': ['warn', 'Waits for approval'],
  blocked: ['bad', 'Blocked'],
  running: ['busy', 'Running'],
  interrupted: ['warn', 'Interrupted'],
  failed: ['bad', 'Failed'],
  succeeded: ['ok', 'Done'],
  stopped: ['idle', 'Does not come'],
}

/** The state of a rollout as a mark. */
export function RolloutState({ state }: { state: State }) {
  const [tone, word] = states[state]
  return <StatusMark tone={tone}>{word}</StatusMark>
}

/** Tone and word of a stage's state. */
export function stageWords(state: StageState): readonly [Tone, string] {
  return stageStates[state]
}

/** "Istio to 1.30.3": what a rollout is for. */
export function rolloutTitle({ mesh, version }: Pick<Schema<'Rollout'>, 'mesh' | 'version'>): string {
  return `${mesh.charAt(0).toUpperCase()}${mesh.slice(1)} to ${version}`
}
