import { setTimeout as sleep } from 'node:timers/promises'
import { Event, Tick } from '../contract/event.js'
import type { ApiClient } from './api-client.js'
import { CliError } from './cli-error.js'

export interface FollowEvents {
  /** The id to go on after; without it, from now on. */
  after?: number | undefined
  query?: string
  signal: AbortSignal
}

/** What arrives: a connection (the first, or one after a loss), an event, or a tick: news that is not kept. */
export type StreamItem = { kind: 'opened'; complete: boolean } | { kind: 'event'; event: Event } | ({ kind: 'tick' } & Tick)

const pauseMs = 500
// The server sends a heartbeat every 15 s: three of them missed mean that nobody is there.
const silenceMs = 50_000

/** Events as they happen, each once, over lost connections; ends with the signal. Throws when the server refuses. */
export async function* followEvents(api: ApiClient, { after, query = '', signal }: FollowEvents): AsyncGenerator<StreamItem> {
  let lastId = after
  for (let opened = 0; !signal.aborted; opened++) {
    if (opened > 0) await sleep(pauseMs)
    const connection = new AbortController()
    const silence = setTimeout(() => connection.abort(), silenceMs)
    try {
      const headers: Record<string, string> = lastId === undefined ? {} : { 'last-event-id': String(lastId) }
      const response = await api.open({ path: `/events/stream${query}`, headers, signal: AbortSignal.any([signal, connection.signal]) })
      for await (const frame of readFrames(response, () => silence.refresh())) {
        if (frame.id !== undefined) lastId = Number(frame.id)
        yield* itemOf(frame)
      }
    } catch (error) {
      if (!isLostConnection(error, opened > 0)) throw error
    } finally {
      clearTimeout(silence)
      connection.abort()
    }
  }
}

interface Frame {
  id: string | undefined
  event: string
  data: string
}

function* itemOf({ id, event, data }: Frame): Generator<StreamItem> {
  // The first frame of a connection only tells the position; a reset tells a new one, because what lies between is gone.
  if (event === 'reset') yield { kind: 'opened', complete: false }
  else if (data === '') yield* id === undefined ? [] : [{ kind: 'opened' as const, complete: true }]
  else if (event === 'tick') yield { kind: 'tick', ...Tick.parse(JSON.parse(data)) }
  else yield { kind: 'event', event: Event.parse(JSON.parse(data)) }
}

async function* readFrames(response: Response, onData: () => void): AsyncGenerator<Frame> {
  const decoder = new TextDecoder()
  let rest = ''
  for await (const chunk of response.body ?? []) {
    onData()
    const frames = (rest + decoder.decode(chunk, { stream: true })).split('\n\n')
    rest = frames.pop() ?? ''
    for (const frame of frames) yield parseFrame(frame)
  }
}

function parseFrame(text: string): Frame {
  const fields = text.split('\n').map((line) => /^(\w+): ?(.*)$/.exec(line))
  const valuesOf = (name: string) => fields.flatMap((field) => (field?.[1] === name ? [field[2] ?? ''] : []))
  return { id: valuesOf('id').at(-1), event: valuesOf('event').at(-1) ?? 'message', data: valuesOf('data').join('\n') }
}

// A refusal is final. A server that is not there is final at the first call only: later it is a restart to wait for.
function isLostConnection(error: unknown, reopening: boolean): boolean {
  if (error instanceof CliError) return reopening && error.cause !== undefined
  return error instanceof Error && (error.name === 'AbortError' || error.name === 'TimeoutError' || error instanceof TypeError)
}
