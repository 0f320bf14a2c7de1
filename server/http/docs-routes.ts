import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { z } from 'zod'
import { AppError } from '../errors.js'
import type { HttpServer } from './http-server.js'

// Swagger UI's own files; its Fastify plugin would cost start-up time for four static answers.
const viewerDir = join(dirname(createRequire(import.meta.url).resolve('@fastify/swagger-ui/package.json')), 'static')

const viewerFiles = new Map([
  ['swagger-ui.css', 'text/css'],
  ['swagger-ui-bundle.js', 'text/javascript'],
])

const page = `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>Meshwright API</title><link rel="stylesheet" href="/api/docs/swagger-ui.css"></head>
<body><div id="viewer"></div><script src="/api/docs/swagger-ui-bundle.js"></script><script src="/api/docs/start.js"></script></body>
</html>
`

const start = `SwaggerUIBundle({ url: '/api/openapi.json', dom_id: '#viewer', deepLinking: true })\n`

/** The viewer of the API's description, at /api/docs. */
export function registerDocs(http: HttpServer): void {
  http.get('/api/docs', { schema: { hide: true } }, async (_request, reply) => reply.type('text/html').send(page))

  http.get('/api/docs/:file', { schema: { hide: true, params: z.strictObject({ file: z.string() }) } }, async (request, reply) => {
    const { file } = request.params
    if (file === 'start.js') return reply.type('text/javascript').send(start)
    const type = viewerFiles.get(file)
    if (type === undefined) throw new AppError('not-found', 'The viewer has no such file.')
    return reply.type(type).send(await readFile(join(viewerDir, file)))
  })
}
