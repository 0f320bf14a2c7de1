import { z } from 'zod'
import { Event, EventKind } from '../../contract/event.js'
import { pageOf } from '../../contract/page.js'
import { Id } from '../../contract/primitives.js'
import type { Identity } from '../http/authentication.js'
import type { HttpServer } from '../http/http-server.js'
import type { EventLog } from './event-log.js'
import { streamEvents } from './event-stream.js'

const Level = Event.shape.level
const listOf = <Item extends z.ZodType<string>>(item: Item) =>
  z.preprocess((value) => (typeof value === 'string' ? value.split(',') : value), z.array(item).min(1).max(20))

const EventId = z.coerce.number().int().min(0)

const EventQuery = z.strictObject({
  after: z.exactOptional(EventId),
  kind: z.exactOptional(listOf(EventKind)),
  cluster: z.exactOptional(Id),
  level: z.exactOptional(listOf(Level)),
  limit: z.coerce.number().int().min(1).max(500).default(50),
})

const StreamQuery = z.strictObject({
  after: z.exactOptional(EventId),
  kind: z.exactOptional(listOf(EventKind)),
  cluster: z.exactOptional(Id),
})

const StreamHeaders = z.object({ 'last-event-id': z.exactOptional(EventId) })

/** `isValid` says whether an identity that opened a stream may still read it. */
export function registerEvents(http: HttpServer, { log, isValid }: { log: EventLog; isValid: (identity: Identity) => boolean }): void {
  http.get(
    '/api/v1/events',
    {
      schema: {
        tags: ['events'],
        summary: 'Events after an id, oldest first',
        querystring: EventQuery,
        response: { 200: pageOf(Event, 'EventPage') },
      },
    },
    async ({ query: { after = 0, limit, kind, cluster, level } }) => {
      const found = log.after(after, { kinds: kind, cluster, levels: level, limit: limit + 1 })
      const items = found.slice(0, limit)
      const last = items.at(-1)
      return { items, ...(found.length > limit && last ? { next: String(last.id) } : {}) }
    },
  )

  const streams = new Set<AbortController>()
  http.addHook('preClose', async () => {
    for (const stream of streams) stream.abort()
  })

  http.get(
    '/api/v1/events/stream',
    {
      schema: {
        tags: ['events'],
        summary: 'Live events (server-sent events; resume by Last-Event-ID)',
        querystring: StreamQuery,
        headers: StreamHeaders,
      },
    },
    async (request, reply) => {
      const { after, kind, cluster } = request.query
      const { identity } = request
      const stream = new AbortController()
      streams.add(stream)
      reply.hijack()
      reply.raw.on('close', () => stream.abort())
      reply.raw.writeHead(200, {
        ...(reply.getHeaders() as Record<string, string>),
        'content-type': 'text/event-stream',
        'cache-control': 'no-store',
        'x-accel-buffering': 'no',
      })
      try {
        await streamEvents({
          log,
          response: reply.raw,
          after: request.headers['last-event-id'] ?? after,
          filter: { kinds: kind, cluster },
          signal: stream.signal,
          mayContinue: () => identity !== null && isValid(identity),
        })
      } finally {
        streams.delete(stream)
      }
    },
  )
}
