import type { QueryClient, QueryKey } from '@tanstack/react-query'
import type { Schema } from '../lib/schema.js'
import { followSession, sessionToken, setSession } from '../lib/session.js'
import { queryKeysOf } from './event-query-keys.js'
import { openLiveLink } from './live-link.js'
import type { LiveMessage, StreamState, Tick } from './live-messages.js'

/** What the live mark shows: the stream's state, whether this tab holds changes back, and how many wait. */
export interface LiveStatus {
  stream: StreamState
  paused: boolean
  waiting: number
}

/** Live updates of this tab: event batches make query keys stale. Paused or hidden, the keys wait. */
export class LiveUpdates {
  #status: LiveStatus = { stream: 'connecting', paused: false, waiting: 0 }
  readonly #listeners = new Set<() => void>()
  readonly #eventListeners = new Set<(events: Schema<'Event'>[]) => void>()
  readonly #held = new Map<string, QueryKey>()
  readonly #queries: QueryClient
  #answered: () => void = () => undefined

  /** Settles when the worker has said whether another tab is signed in. */
  readonly joined = new Promise<void>((resolve) => {
    this.#answered = resolve
  })

  constructor(queries: QueryClient) {
    this.#queries = queries
    const link = openLiveLink((message) => this.#receive(message))
    let token = sessionToken()
    if (token !== undefined) link.send({ type: 'sign-in', token })
    followSession(() => {
      const before = token
      token = sessionToken()
      if (token !== undefined) link.send({ type: 'sign-in', token })
      else if (before !== undefined) link.send({ type: 'refused', token: before })
    })
    document.addEventListener('visibilitychange', () => this.#release())
  }

  get status(): LiveStatus {
    return this.#status
  }

  readonly follow = (listener: () => void): (() => void) => {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Calls back with every batch of events, paused or not. */
  readonly followEvents = (listener: (events: Schema<'Event'>[]) => void): (() => void) => {
    this.#eventListeners.add(listener)
    return () => this.#eventListeners.delete(listener)
  }

  setPaused(paused: boolean): void {
    this.#set({ paused })
    this.#release()
  }

  #receive(message: LiveMessage): void {
    if (message.type === 'state') this.#takeState(message.state, message.openedAt)
    else if (message.type === 'events') this.#takeEvents(message.events, message.ticks)
    else if (message.type === 'reset') void this.#queries.invalidateQueries()
    else this.#takeSession(message)
  }

  #takeSession(message: Extract<LiveMessage, { type: 'session' | 'no-session' | 'refused' }>): void {
    if (message.type === 'session') setSession(message.token)
    else if (message.type === 'refused' && message.token === sessionToken()) setSession(undefined)
    this.#answered()
  }

  // What was fetched before the stream was open may have changed unseen; what was fetched later cannot have.
  #takeState(stream: StreamState, openedAt: number | undefined): void {
    const before = this.#status.stream
    this.#set({ stream })
    if (stream !== 'live' || before === 'live' || openedAt === undefined) return
    void this.#queries.invalidateQueries({ predicate: ({ state }) => state.status === 'error' || state.dataUpdatedAt < openedAt })
  }

  // At most four batches a second come from the stream, each of them at most one refresh per key.
  #takeEvents(events: Schema<'Event'>[], ticks: Tick[]): void {
    for (const key of queryKeysOf(events, ticks)) this.#held.set(JSON.stringify(key), key)
    for (const listener of this.#eventListeners) listener(events)
    if (this.#status.paused) this.#set({ waiting: this.#status.waiting + events.length })
    this.#release()
  }

  // Hidden tabs wait too: they catch up in one go when somebody looks at them again.
  #release(): void {
    if (this.#status.paused || document.hidden) return
    const keys = [...this.#held.values()]
    this.#held.clear()
    if (this.#status.waiting > 0) this.#set({ waiting: 0 })
    for (const queryKey of keys) void this.#queries.invalidateQueries({ queryKey })
  }

  #set(change: Partial<LiveStatus>): void {
    this.#status = { ...this.#status, ...change }
    for (const listener of this.#listeners) listener()
  }
}
