import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { json } from 'node:stream/consumers'

export interface ReceivedCall {
  method: string
  path: string
  body: unknown
}

/** What the server says: answers by `METHOD /path` below /api/v1 (a function is asked each time), and its event stream. */
export interface ScriptedApi {
  url: string
  received: ReceivedCall[]
  answers: Record<string, unknown>
  /** Writes one frame to every open stream. */
  send(frame: string): void
  /** Cuts every open stream. */
  cut(): void
  stop(): void
}

/** A REST server that says what a test tells it to: for what the command does with an answer, whichever cluster is behind it. */
export async function startScriptedApi(answers: Record<string, unknown>): Promise<ScriptedApi> {
  const received: ReceivedCall[] = []
  const streams = new Set<ServerResponse>()
  const server = createServer((request, response) => void answer(request, response))

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost')
    const path = pathname.replace(/^\/api\/v1/, '')
    if (path === '/events/stream') return openStream(request, response)
    const method = request.method ?? 'GET'
    received.push({ method, path, body: method === 'POST' && request.headers['content-type'] ? await json(request) : undefined })
    const scripted = answers[`${method} ${path}`]
    const body = typeof scripted === 'function' ? scripted(new URL(request.url ?? '/', 'http://localhost').searchParams) : scripted
    response
      .writeHead(body === undefined ? 404 : 200, { 'content-type': 'application/json' })
      .end(JSON.stringify(body ?? { title: `No ${path}` }))
  }

  function openStream(request: IncomingMessage, response: ServerResponse): void {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.write(`retry: 1000\nid: ${request.headers['last-event-id'] ?? 0}\n\n`)
    streams.add(response)
    response.on('close', () => streams.delete(response))
  }

  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  return {
    url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`,
    received,
    answers,
    send: (frame) => {
      for (const stream of streams) stream.write(frame)
    },
    cut: () => {
      for (const stream of streams) stream.destroy()
    },
    stop: () => {
      server.close()
      server.closeAllConnections()
    },
  }
}
