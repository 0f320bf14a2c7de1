import { EventEmitter, on } from 'node:events'
import type { Event, Tick } from '../../contract/event.js'
import type { Database } from '../database/database.js'
import { type EventFilter, type NewEvent, openEventStore } from './event-store.js'

/** State changes with their events: persisted first, published second. */
export interface EventLog {
  /**
   * Runs `work` and stores what it appends in one transaction; publishes after the commit, nothing when `work` throws.
   * A change inside a change joins the outer one.
   */
  change<T>(work: (append: (event: NewEvent) => void) => T): T
  /** Stored events with a higher id, oldest first, at most 500 or `filter.limit`. */
  after(id: number, filter?: EventFilter): Event[]
  latestId(): number
  /** The lowest id that can still be replayed from; 0 when nothing was ever deleted. */
  oldestId(): number
  /** Events published from now on, until the signal aborts. */
  subscribe(signal: AbortSignal): AsyncIterable<Event>
  tick(tick: Tick): void
  listen(listener: EventListener): () => void
}

/** Called after the commit, in order; may not throw. */
export interface EventListener {
  event?: (event: Event) => void
  tick?: (tick: Tick) => void
}

const eventsKept = 100_000

interface EventLogOptions {
  now?: () => number
  /** Whether a cluster that is stored at this moment is simulated; its events keep the mark when it is gone. */
  isSimulated?: (cluster: string) => boolean
}

/** Prunes what is older than the newest hundred thousand events, then keeps every new one. */
export function openEventLog(database: Database, { now = Date.now, isSimulated = () => false }: EventLogOptions = {}): EventLog {
  const store = openEventStore(database)
  const bus = new EventEmitter().setMaxListeners(0)
  let pending: Event[] | undefined
  store.deleteUpTo(store.latestId() - eventsKept)

  const isMarked = ({ cluster }: NewEvent) => cluster !== undefined && isSimulated(cluster)

  function change<T>(work: (append: (event: NewEvent) => void) => T): T {
    const outer = pending
    const mine: Event[] = outer ?? []
    const before = mine.length
    pending = mine
    try {
      const result = database.transaction(() => work((event) => mine.push(store.insert({ ...event, simulated: isMarked(event) }, now()))))
      if (!outer) queueMicrotask(() => publish(mine))
      return result
    } catch (error) {
      // Rolled back: what this level appended is no fact.
      mine.length = before
      throw error
    } finally {
      pending = outer
    }
  }

  function publish(committed: Event[]): void {
    for (const event of committed) bus.emit('event', event)
  }

  return {
    change,
    after: (id, filter = {}) => store.after(id, filter),
    latestId: () => store.latestId(),
    oldestId: () => store.oldestId(),
    subscribe: (signal) => subscribe(bus, signal),
    tick: (tick) => void bus.emit('tick', tick),
    listen(listener) {
      if (listener.event) bus.on('event', listener.event)
      if (listener.tick) bus.on('tick', listener.tick)
      return () => {
        if (listener.event) bus.off('event', listener.event)
        if (listener.tick) bus.off('tick', listener.tick)
      }
    },
  }
}

/** Listens from the call on, not from the first read on. */
function subscribe(bus: EventEmitter, signal: AbortSignal): AsyncIterable<Event> {
  return signal.aborted ? ended() : untilAborted(on(bus, 'event', { signal }), signal)
}

async function* ended(): AsyncIterable<Event> {}

async function* untilAborted(events: AsyncIterable<Event[]>, signal: AbortSignal): AsyncIterable<Event> {
  try {
    for await (const batch of events) yield* batch
  } catch (error) {
    if (!signal.aborted) throw error
  }
}
