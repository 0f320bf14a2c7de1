import { z } from 'zod'
import { ProductVersion } from '../../contract/product-version.js'
import type { HttpServer } from '../http/http-server.js'
import type { Product } from './product.js'

const State = z.strictObject({ status: z.enum(['ok', 'starting', 'stopping']) })

/** What the probes look at. */
export interface HealthDeps {
  product: Product
  /** `ok` from the moment the server listens until it is told to stop. */
  state: () => 'ok' | 'starting' | 'stopping'
  /** Figures for /metrics, by Prometheus name. */
  figures: () => Record<string, number>
}

/** `/healthz` lives while the process answers, `/readyz` while it takes work; both are open and tell nothing else. */
export function registerHealth(http: HttpServer, { product, state, figures }: HealthDeps): void {
  http.get('/healthz', { schema: { hide: true, response: { 200: State } } }, async () => ({ status: 'ok' as const }))

  http.get('/readyz', { schema: { hide: true, response: { 200: State, 503: State } } }, async (_request, reply) => {
    const status = state()
    return reply.code(status === 'ok' ? 200 : 503).send({ status })
  })

  http.get('/metrics', { schema: { hide: true } }, async (_request, reply) => {
    const all: Record<string, number> = {
      process_resident_memory_bytes: process.memoryUsage.rss(),
      process_uptime_seconds: process.uptime(),
      ...figures(),
    }
    const lines = Object.entries(all).map(([name, value]) => `# TYPE ${name} gauge\n${name} ${value}\n`)
    return reply.type('text/plain; version=0.0.4').send(lines.join(''))
  })

  http.get(
    '/api/v1/version',
    { schema: { tags: ['settings'], summary: 'Version, commit and release channel', response: { 200: ProductVersion } } },
    async () => product,
  )
}
