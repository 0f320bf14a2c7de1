import { StatusMark } from '../../components/status-mark.js'
import type { Tone } from '../../components/tone.js'
import type { Schema } from '../../lib/schema.js'

type State = Schema<'Cluster'>['state']

const words: Record<State, readonly [Tone, string]> = {
  connecting: ['busy', 'Connecting'],
  live: ['ok', 'Live'],
  stale: ['warn', 'Stale'],
  unauthorised: ['bad', 'Not authorised'],
  unreachable: ['bad', 'Unreachable'],
}

/** The tone of a cluster's state. */
export function clusterTone(state: State): Tone {
  return words[state][0]
}

/** A cluster's state as a mark. */
export function ClusterState({ state }: { state: State }) {
  const [tone, word] = words[state]
  return <StatusMark tone={tone}>{word}</StatusMark>
}
