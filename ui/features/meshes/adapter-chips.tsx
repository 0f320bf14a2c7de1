import { Chip } from '../../components/chip.js'
import { ProblemPanel } from '../../components/problem-panel.js'
import { RequestProblem } from '../../components/request-problem.js'
import type { Tone } from '../../components/tone.js'
import type { Schema } from '../../lib/schema.js'
import { useAdapters, usePingAdapter } from './meshes-api.js'

type Adapter = Schema<'Adapter'>

const words: Record<Adapter['state'], readonly [Tone, string]> = {
  idle: ['idle', 'asleep, starts when needed'],
  starting: ['busy', 'starting'],
  serving: ['ok', 'serving'],
  crashed: ['bad', 'crashed'],
  unreachable: ['bad', 'unreachable'],
}

/**
 * One chip per adapter; pressing it asks whether it answers. A broken one says why below.
 * Asleep is the normal state: an adapter starts when it is needed and stops after ten idle minutes.
 */
export function AdapterChips() {
  const adapters = useAdapters()
  if (adapters.error !== null) return <RequestProblem error={adapters.error} retry={() => void adapters.refetch()} />
  return adapters.data?.map((adapter) => <AdapterChip key={adapter.mesh} adapter={adapter} />)
}

function AdapterChip({ adapter }: { adapter: Adapter }) {
  const ping = usePingAdapter(adapter.mesh)
  const [tone, word] = ping.isPending ? (['busy', 'asking'] as const) : words[adapter.state]
  return (
    <>
      <Chip tone={tone} name={adapter.title} text={word} hint="Ask whether it answers" onPress={() => ping.mutate()} />
      {tone === 'bad' && <ProblemPanel problem={{ title: `${adapter.title}: ${word}`, cause: adapter.cause, remedy: adapter.remedy }} />}
      {ping.error !== null && <RequestProblem error={ping.error} />}
    </>
  )
}
