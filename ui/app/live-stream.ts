import { backOffMs } from '../lib/back-off.js'
import { readFrames, type StreamFrame } from '../lib/event-stream.js'
import type { Schema } from '../lib/schema.js'
import type { LiveMessage, StreamState, Tick } from './live-messages.js'

const address = '/api/v1/events/stream'
// The server sends a heartbeat every 15 s: twice missed and a half, and the connection is dead.
const silenceMs = 40_000
// What one change makes arrives together, and is shown at once; a storm is shown four times a second.
const togetherMs = 20
const batchMs = 250

/** The one event stream: reads it, resumes it by the last id, and posts what happens to `post`. */
export class LiveStream {
  #token: string | undefined
  #lastId: string | undefined
  #state: StreamState = 'signed-out'
  #openedAt: number | undefined
  #abort: AbortController | undefined
  #events: Schema<'Event'>[] = []
  #ticks: Tick[] = []
  // One message per quarter second, however many events came: a page has better things to do than to redraw.
  #flushTimer: ReturnType<typeof setTimeout> | undefined
  #flushedAt = Number.NEGATIVE_INFINITY
  readonly #post: (message: LiveMessage) => void

  constructor(post: (message: LiveMessage) => void) {
    this.#post = post
  }

  get token(): string | undefined {
    return this.#token
  }

  /** The state as a message, for a tab that joins while the stream runs. */
  get stateMessage(): LiveMessage {
    return { type: 'state', state: this.#state, openedAt: this.#openedAt }
  }

  /** Starts the stream, or starts it again with a newer token. The same token changes nothing. */
  signIn(token: string): void {
    if (token === this.#token) return
    this.#token = token
    this.restart()
  }

  /** The server refused this token: nothing is tried again until the next sign-in. */
  refuse(token: string): void {
    if (token !== this.#token) return
    this.#token = undefined
    this.close()
    this.#enter('signed-out')
    this.#post({ type: 'refused', token })
  }

  /** Tries again now instead of at the end of the back-off; called when the network is back. */
  hurry(): void {
    if (this.#state === 'reconnecting') this.restart()
  }

  /** Connects anew from the last id on; called when a page comes back whose stream was closed. */
  restart(): void {
    this.close()
    if (this.#token !== undefined) void this.#run(this.#token)
  }

  close(): void {
    this.#abort?.abort()
    this.#abort = undefined
  }

  async #run(token: string): Promise<void> {
    const abort = new AbortController()
    this.#abort = abort
    this.#enter(this.#lastId === undefined ? 'connecting' : 'reconnecting')
    for (let attempt = 0; !abort.signal.aborted; attempt += 1) {
      const opened = await this.#follow(token, abort.signal)
      if (abort.signal.aborted) return
      if (opened === 'refused') {
        this.refuse(token)
        return
      }
      if (opened === 'read') attempt = 0
      this.#enter('reconnecting')
      await sleep(backOffMs(attempt), abort.signal)
    }
  }

  // One connection from open to end. Whatever breaks it, the answer is the same: wait and resume by the last id.
  async #follow(token: string, signal: AbortSignal): Promise<'read' | 'refused' | 'failed'> {
    const silence = new SilenceGuard(silenceMs)
    try {
      const answer = await fetch(address, {
        headers: this.#headers(token),
        signal: AbortSignal.any([signal, silence.signal]),
        cache: 'no-store',
      })
      if (answer.status === 401) return 'refused'
      if (!answer.ok || answer.body === null) return 'failed'
      this.#openedAt = Date.now()
      this.#enter('live')
      for await (const frame of readFrames(answer.body, () => silence.heard())) this.#take(frame)
      return 'read'
    } catch {
      return this.#state === 'live' ? 'read' : 'failed'
    } finally {
      silence.end()
    }
  }

  // The id of the last event is what makes a reconnect resume instead of starting anew.
  #headers(token: string): Record<string, string> {
    const headers = { authorization: `Bearer ${token}`, accept: 'text/event-stream' }
    return this.#lastId === undefined ? headers : { ...headers, 'last-event-id': this.#lastId }
  }

  #take(frame: StreamFrame): void {
    if (frame.event === 'reset') {
      this.#lastId = frame.id
      this.#post({ type: 'reset' })
      return
    }
    // A tick has no id: it is no position to resume from.
    if (frame.id !== undefined) this.#lastId = frame.id
    if (frame.data === '') return
    if (frame.event === 'tick') this.#ticks.push(JSON.parse(frame.data))
    else this.#events.push(JSON.parse(frame.data))
    this.#flushTimer ??= setTimeout(() => this.#flush(), this.#waitMs())
  }

  #waitMs(): number {
    return Math.max(togetherMs, this.#flushedAt + batchMs - performance.now())
  }

  #flush(): void {
    this.#flushedAt = performance.now()
    const [events, ticks] = [this.#events, this.#ticks]
    this.#events = []
    this.#ticks = []
    this.#flushTimer = undefined
    this.#post({ type: 'events', events, ticks })
  }

  #enter(state: StreamState): void {
    this.#state = state
    this.#post(this.stateMessage)
  }
}

/** Aborts its signal when nothing was heard for a while. */
class SilenceGuard {
  readonly #controller = new AbortController()
  readonly #longestMs: number
  #timer: ReturnType<typeof setTimeout>

  constructor(longestMs: number) {
    this.#longestMs = longestMs
    this.#timer = this.#arm()
  }

  get signal(): AbortSignal {
    return this.#controller.signal
  }

  heard(): void {
    clearTimeout(this.#timer)
    this.#timer = this.#arm()
  }

  end(): void {
    clearTimeout(this.#timer)
  }

  #arm(): ReturnType<typeof setTimeout> {
    return setTimeout(() => this.#controller.abort(), this.#longestMs)
  }
}

function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms)
    signal.addEventListener('abort', () => {
      clearTimeout(timer)
      resolve()
    })
  })
}
