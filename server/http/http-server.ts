import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { Server as TlsServer } from 'node:https'
import type { Socket } from 'node:net'
import Fastify, { type FastifyBaseLogger, type FastifyInstance, LogController, type RawServerDefault } from 'fastify'
import { serializerCompiler, type ZodTypeProvider } from 'fastify-type-provider-zod'
import { AppError } from '../errors.js'
import { acceptOnlyJson } from './json-body.js'
import { toAppError, toProblem } from './problem.js'
import { respectBackpressure } from './tls-backpressure.js'
import { validatorCompiler } from './validation.js'

/** Fastify with zod schemas: what each `register<Feature>(http, deps)` gets. */
export type HttpServer = FastifyInstance<RawServerDefault, IncomingMessage, ServerResponse, FastifyBaseLogger, ZodTypeProvider>

/** PEM, as read from the files that the settings name. */
export interface TlsFiles {
  cert: Buffer
  key: Buffer
}

const bodyLimitBytes = 1024 * 1024

/** The bare HTTP server with its limits: 1 MB bodies of JSON, slow senders closed after 10–15 s, no trusted proxy headers. */
export function createHttpServer({ logger, tls }: { logger: FastifyBaseLogger; tls?: TlsFiles | undefined }): HttpServer {
  // Slow bodies are closed only when headersTimeout is below requestTimeout: measured, Node swaps them otherwise.
  const limits = { headersTimeout: 5_000, connectionsCheckingInterval: 1_000 }
  const http = Fastify<RawServerDefault>({
    loggerInstance: logger,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: bodyLimitBytes,
    requestTimeout: 10_000,
    genReqId: () => randomUUID(),
    forceCloseConnections: 'idle',
    routerOptions: { maxParamLength: 300 },
    frameworkErrors: (error, request, reply) => {
      const problem = toProblem(toAppError(error), request.id)
      answerRaw(reply.raw, problem.status, JSON.stringify(problem))
    },
    clientErrorHandler: answerBrokenRequest,
    ...(tls ? { https: { ...tls, ...limits } } : { http: limits }),
  })
  if (http.server instanceof TlsServer) respectBackpressure(http.server)
  const server = http.withTypeProvider<ZodTypeProvider>()
  server.setValidatorCompiler(validatorCompiler)
  server.setSerializerCompiler(serializerCompiler)
  acceptOnlyJson(server)
  server.addHook('onSend', async (request, reply) => {
    reply.header('x-request-id', request.id)
    if (request.url.startsWith('/api/') && !reply.hasHeader('cache-control')) reply.header('cache-control', 'no-store')
  })
  return server
}

/** For requests that no route and no hook has seen. */
function answerRaw(response: ServerResponse, status: number, body: string): void {
  response.writeHead(status, { 'content-type': 'application/problem+json', 'content-length': Buffer.byteLength(body) }).end(body)
}

/** What is no HTTP at all never reaches a route; it still gets a document that says so. */
function answerBrokenRequest(error: Error, socket: Socket): void {
  if (!socket.writable || ('code' in error && error.code === 'ECONNRESET')) return void socket.destroy()
  // A browser opens connections before it has a request. Whatever is written to one that is closed for its silence, the
  // browser takes for the answer to the request that it just then sends; closed without a word, it asks anew.
  if (socket.bytesRead === 0) return void socket.end()
  const body = JSON.stringify(toProblem(new AppError('invalid-request', 'This is not a request that can be read.')))
  socket.end(
    `HTTP/1.1 400 Bad Request\r\ncontent-type: application/problem+json\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
  )
}
