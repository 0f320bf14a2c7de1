import { StatusMark } from '../../components/status-mark.js'
import type { Tone } from '../../components/tone.js'
import type { Schema } from '../../lib/schema.js'

type State = Schema<'Operation'>['state']
type StepState = Schema<'OperationStep'>['state']

const states: Record<State, readonly [Tone, string]> = {
  planning: ['busy', 'Planning'],
  ready: ['idle', 'Ready'],
  queued: ['busy', 'Queued'],
  running: ['busy', 'Running'],
  'waiting-for-approval': ['warn', 'Waits for approval'],
  interrupted: ['warn', 'Interrupted'],
  succeeded: ['ok', 'Succeeded'],
  failed: ['bad', 'Failed'],
  cancelled: ['idle', 'Cancelled'],
}

const stepStates: Record<StepState, readonly [Tone, string]> = {
  pending: ['idle', 'Not yet'],
  running: ['busy', 'Running'],
  succeeded: ['ok', 'Done'],
  failed: ['bad', 'Failed'],
  skipped: ['idle', 'Skipped'],
  cancelled: ['idle', 'Cancelled'],
  interrupted: ['warn', 'Cut'],
}

// Meshes are called by their ids; what is none has a name of its own.
const names: Record<string, string> = { 'gateway-api': 'the Gateway API' }

// Actions that we know have a verb; a new one of a newer adapter is shown by its key.
const verbs: Record<string, string> = {
  install: 'Install',
  upgrade: 'Upgrade',
  uninstall: 'Uninstall',
  'apply-manifests': 'Apply manifests',
  'delete-manifests': 'Delete manifests',
  'restart-workloads': 'Restart workloads',
}

/** The state of an operation as a mark. */
export function OperationState({ state }: { state: State }) {
  const [tone, word] = states[state]
  return <StatusMark tone={tone}>{word}</StatusMark>
}

/** Tone and word of a step's state. */
export function stepWords(state: StepState): readonly [Tone, string] {
  return stepStates[state]
}

/** Whether nothing more happens by itself. */
export function hasEnded(state: State): boolean {
  return state === 'succeeded' || state === 'failed' || state === 'cancelled' || state === 'interrupted'
}

/** What an operation is for, as a title: "Install Istio 1.30.3". */
export function operationTitle({ action, mesh, version }: Schema<'ActionRequest'>): string {
  const verb = verbs[action] ?? capitalised(action.replaceAll('-', ' '))
  if (mesh === 'kubernetes') return verb
  const name = names[mesh] ?? capitalised(mesh)
  return version === undefined ? `${verb} ${name}` : `${verb} ${name} ${version}`
}

function capitalised(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1)
}
