import { existsSync } from 'node:fs'
import { join } from 'node:path'
import helmet from '@fastify/helmet'
import statics from '@fastify/static'
import type { HttpServer } from './http-server.js'

/** Headers that keep the page to itself: own scripts only, no frames, nothing sent elsewhere. */
export async function protectPage(http: HttpServer, { tls }: { tls: boolean }): Promise<void> {
  await http.register(helmet, {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'self'"],
        // Mantine writes its style rules at run time; scripts have no such need.
        styleSrc: ["'self'", "'unsafe-inline'"],
        imgSrc: ["'self'", 'data:'],
        objectSrc: ["'none'"],
        baseUri: ["'none'"],
        frameAncestors: ["'none'"],
        formAction: ["'self'"],
      },
    },
    strictTransportSecurity: tls,
    referrerPolicy: { policy: 'no-referrer' },
    crossOriginResourcePolicy: { policy: 'same-origin' },
  })
}

/** Serves the built page: files by their name, and index.html for every other address that a browser visits. */
export async function servePage(http: HttpServer, pageDir: string): Promise<void> {
  const isBuilt = existsSync(join(pageDir, 'index.html'))
  if (isBuilt) {
    await http.register(statics, {
      root: pageDir,
      serve: false,
      // Names below assets/ carry a hash of their content.
      setHeaders: (reply, path) =>
        void reply.header('cache-control', path.includes('/assets/') ? 'public, max-age=31536000, immutable' : 'no-cache'),
    })
  }
  http.get('/*', { schema: { hide: true } }, async (request, reply) => {
    const path = decodeURIComponent(request.url.split('?', 1)[0] ?? '/')
    if (path.startsWith('/api/')) return reply.callNotFound()
    if (!isBuilt) return reply.type('text/plain').send('The page is not built. Run "npm run build"; the API is at /api/docs.\n')
    return /\.[a-z0-9]+$/i.test(path) ? reply.sendFile(path) : reply.sendFile('index.html')
  })
}
