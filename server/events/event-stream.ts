import type { ServerResponse } from 'node:http'
import type { Event, Tick } from '../../contract/event.js'
import type { EventLog } from './event-log.js'
import type { EventFilter } from './event-store.js'

const pageSize = 500
const heartbeatMs = 15_000
const maxQueuedBytes = 1024 * 1024
const stalledAfterMs = 60_000

/** One client of the live stream and what it asked for. */
export interface EventStream {
  log: EventLog
  response: ServerResponse
  /** Send events after this id; undefined: from now on. */
  after: number | undefined
  filter: Pick<EventFilter, 'kinds' | 'cluster'>
  signal: AbortSignal
  /** Asked at each heartbeat: a stream ends with the session that opened it. */
  mayContinue: () => boolean
}

/**
 * Writes events to one client until the signal aborts, the client goes, or it reads too slowly. The table is the queue:
 * each round reads what comes after the last sent id, so that replay and live are one loop without gap or double.
 */
export async function streamEvents({ log, response, after, filter, signal, mayContinue }: EventStream): Promise<void> {
  const wake = createWake(signal)
  const stop = log.listen({ event: wake.now, tick: (tick) => sendTick(response, tick) })
  let sentId = after ?? log.latestId()
  try {
    await send(response, `retry: 1000\nid: ${sentId}\n\n`)
    sentId = await resetWhenTooOld({ log, response, sentId })
    while (!signal.aborted && !response.destroyed) {
      // Read before the page: an event that arrives while it is sent starts another round.
      const newest = log.latestId()
      const page = log.after(sentId, { ...filter, limit: pageSize })
      for (const event of page) if (!(await send(response, eventFrame(event)))) return
      sentId = page.at(-1)?.id ?? sentId
      if (page.length === pageSize) continue
      sentId = Math.max(sentId, newest)
      const isQuiet = await wake.wait(heartbeatMs, () => log.latestId() > sentId)
      if (isQuiet && (!mayContinue() || !(await send(response, ': heartbeat\n\n')))) return
    }
  } finally {
    stop()
    response.end()
  }
}

/** A stored event as one frame; its id is what the client sends back as Last-Event-ID. */
export function eventFrame(event: Event): string {
  return `id: ${event.id}\nevent: ${event.kind}\ndata: ${JSON.stringify(event)}\n\n`
}

/** Tells a client whose position cannot be served (pruned, or of another database) to load everything anew. */
async function resetWhenTooOld({ log, response, sentId }: { log: EventLog; response: ServerResponse; sentId: number }): Promise<number> {
  const latest = log.latestId()
  if (sentId >= log.oldestId() - 1 && sentId <= latest) return sentId
  await send(response, `id: ${latest}\nevent: reset\ndata: {"latest":${latest}}\n\n`)
  return latest
}

/** A tick is worth nothing later: it is dropped when the client lags. */
function sendTick(response: ServerResponse, tick: Tick): void {
  if (response.writableNeedDrain || response.destroyed) return
  response.write(`event: tick\ndata: ${JSON.stringify(tick)}\n\n`)
}

/** False when the client is gone or was dropped because it does not read. */
async function send(response: ServerResponse, frame: string): Promise<boolean> {
  if (response.destroyed) return false
  if (response.write(frame)) return true
  if (response.writableLength <= maxQueuedBytes && (await drained(response))) return true
  response.destroy()
  return false
}

function drained(response: ServerResponse): Promise<boolean> {
  return new Promise((resolve) => {
    const done = (isDrained: boolean) => () => {
      clearTimeout(timer)
      response.off('drain', onDrain).off('close', onClose)
      resolve(isDrained)
    }
    const onDrain = done(true)
    const onClose = done(false)
    const timer = setTimeout(onClose, stalledAfterMs)
    response.once('drain', onDrain).once('close', onClose)
  })
}

/** Sleep that an event or the end of the stream cuts short. */
function createWake(signal: AbortSignal): { now: () => void; wait(timeoutMs: number, isDue: () => boolean): Promise<boolean> } {
  let wakeUp = () => {}
  signal.addEventListener('abort', () => wakeUp(), { once: true })
  return {
    now: () => wakeUp(),
    /** True when the time passed without a reason to wake. */
    async wait(timeoutMs, isDue) {
      if (isDue() || signal.aborted) return false
      return new Promise((resolve) => {
        const timer = setTimeout(() => resolve(true), timeoutMs)
        wakeUp = () => {
          clearTimeout(timer)
          resolve(false)
        }
      })
    },
  }
}
