import { EventEmitter, once } from 'node:events'
import type { ArtifactPart, LogEntry, Outcome, StepChange, WatchResponse } from '../../proto/gen/meshwright/adapter/v1/adapter.js'

type Entry = NonNullable<WatchResponse['entry']>

/** The entries of one run of an operation in this incarnation, numbered without gaps; ends with its outcome. */
export interface OperationLog {
  step(change: StepChange): void
  log(entry: LogEntry): void
  artifact(part: ArtifactPart): void
  /** Lets go of the content of a file that has arrived: who reads from the start again finds its parts empty. */
  forgetArtifact(name: string): void
  /** The last entry: a resumed run has a log of its own, which goes on counting. */
  outcome(outcome: Outcome): void
  /** Undefined while the operation runs. */
  readonly ended: Outcome | undefined
  /** Number of the newest entry. */
  readonly last: bigint
  /** Entries after number `n`, then live ones; ends after the outcome. */
  read(n: bigint, signal: AbortSignal): AsyncGenerator<WatchResponse, void, undefined>
}

// What a person reads of one operation. helm prints some hundred lines; ten thousand mean that something repeats itself.
const logEntryLimit = 10_000
const messageLimit = 4_096

/** Kept in memory: the server stores what it has read. `after` is the last number of the run before, 0 when there was none. */
export function openOperationLog(incarnation: string, after: bigint): OperationLog {
  const entries: WatchResponse[] = []
  let logged = 0
  let ended: Outcome | undefined
  const readers = new EventEmitter().setMaxListeners(0)

  const last = () => after + BigInt(entries.length)
  const append = (entry: Entry) => {
    entries.push({ incarnation, n: last() + 1n, at: new Date(), entry })
    readers.emit('grown')
  }

  return {
    get ended() {
      return ended
    },
    get last() {
      return last()
    },
    step: (change) => append({ $case: 'step', value: change }),
    log: (entry) => {
      logged++
      if (logged > logEntryLimit) return
      const message = logged === logEntryLimit ? 'Further log lines of this operation are left out.' : entry.message.slice(0, messageLimit)
      append({ $case: 'log', value: { ...entry, message } })
    },
    artifact: (part) => append({ $case: 'artifact', value: part }),
    forgetArtifact: (name) => {
      for (const { entry } of entries) {
        if (entry?.$case === 'artifact' && entry.value.name === name) entry.value.content = Buffer.alloc(0)
      }
    },
    outcome: (outcome) => {
      ended = outcome
      append({ $case: 'outcome', value: outcome })
    },
    read: async function* (n, signal) {
      let next = Math.max(0, Number(n - after))
      while (!signal.aborted) {
        const entry = entries[next]
        if (entry !== undefined) {
          next++
          yield entry
        } else if (ended !== undefined) return
        else await once(readers, 'grown', { signal }).catch(() => undefined)
      }
    },
  }
}
