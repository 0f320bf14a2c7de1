import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Problem } from '../../../contract/problem.js'
import { routePolicy } from '../../../server/http/route-policy.js'
import { type AppServer, startAppServer } from '../../support/app-server.js'
import { rawRequest } from '../../support/raw-request.js'

let server: AppServer
beforeAll(async () => {
  server = await startAppServer()
})
afterAll(() => server[Symbol.asyncDispose]())

const send = (path: string, init: Parameters<typeof rawRequest>[1] = {}) => rawRequest(`${server.url}${path}`, init)
const problemOf = (answer: { text: string }): Problem => JSON.parse(answer.text)
const routes = Object.entries(routePolicy).map(([route, policy]) => {
  const [method = '', pattern = ''] = route.split(' ')
  const path = pattern.replace('*', '').replaceAll(/:\w+/g, '01890000-0000-7000-8000-000000000000')
  return { method, path, policy }
})
const closed = routes.filter(({ policy }) => policy !== 'public')

describe('without a good token', () => {
  it.each(closed)('$method $path answers 401 to nobody, to a bad token and to a token in the query', async ({ method, path, policy }) => {
    const attempts = [
      send(path, { method }),
      send(path, { method, headers: { authorization: 'Bearer wrong' } }),
      send(path, { method, headers: { authorization: `Basic ${server.token}` } }),
      send(`${path}?token=${server.token}&access_token=${server.token}`, { method }),
    ]
    for (const answer of await Promise.all(attempts)) {
      expect(answer.status).toBe(401)
      expect(problemOf(answer)).toMatchObject({ code: 'unauthenticated', remedy: expect.stringContaining('meshwright open') })
    }
    expect(policy === 'user' || policy === 'local-token').toBe(true)
  })

  it('a session of the page may not make codes for other sessions', async () => {
    const { body: code } = await server.call<{ code: string }>('POST', '/api/v1/session/codes')
    const { body: session } = await server.call<{ token: string }>('POST', '/api/v1/session', { body: { code: code.code } })
    const answer = await send('/api/v1/session/codes', { method: 'POST', headers: { authorization: `Bearer ${session.token}` } })
    expect(answer.status).toBe(403)
    expect(problemOf(answer).code).toBe('forbidden')
  })
})

describe('another web site', () => {
  const authorization = () => ({ authorization: `Bearer ${server.token}` })

  it.each([
    'evil.example',
    'localhost.evil.example',
    '127.0.0.1.evil.example',
    'localhost@evil.example',
    '[::ffff:127.0.0.1]',
    '2130706433',
  ])('that rebinds its name (%s) to this machine gets 421 on every route', async (host) => {
    for (const { method, path } of routes) {
      const answer = await send(path, { method, headers: { ...authorization(), host } })
      expect([path, answer.status === 421 || answer.status === 400]).toEqual([path, true])
    }
  })

  it.each(['localhost', 'LOCALHOST:1', '127.0.0.1:80', '[::1]:7878'])('is not what loads the page from %s', async (host) => {
    expect((await send('/healthz', { headers: { host } })).status).toBe(200)
  })

  it.each(['https://evil.example', 'null', 'http://localhost:1', 'https://127.0.0.1'])(
    'with the Origin %s is refused on every route',
    async (origin) => {
      for (const { method, path } of routes) {
        const answer = await send(path, { method, headers: { ...authorization(), origin } })
        expect([path, answer.status]).toEqual([path, 403])
        expect(problemOf(answer).code).toBe('origin-refused')
      }
    },
  )

  it.each(['cross-site', 'same-site'])('is refused by Sec-Fetch-Site: %s, except for opening the page itself', async (site) => {
    const headers = { ...authorization(), 'sec-fetch-site': site }
    for (const { method, path } of routes) expect([path, (await send(path, { method, headers })).status]).toEqual([path, 403])
    expect((await send('/clusters', { headers: { ...headers, 'sec-fetch-mode': 'navigate' } })).status).toBe(200)
    expect((await send('/api/v1/version', { headers: { ...headers, 'sec-fetch-mode': 'navigate' } })).status).toBe(403)
  })

  it('gets no Access-Control header, ever', async () => {
    for (const { method, path } of routes.filter((route) => !route.path.endsWith('/stream'))) {
      for (const verb of [method, 'OPTIONS']) {
        const { headers } = await send(path, { method: verb, headers: authorization() })
        expect(Object.keys(headers).filter((name) => name.startsWith('access-control'))).toEqual([])
      }
    }
  })

  it('cannot frame the page or run scripts in it', async () => {
    const { headers } = await send('/')
    expect(headers['content-security-policy']).toContain("default-src 'self'")
    expect(headers['content-security-policy']).toContain("frame-ancestors 'none'")
    expect(headers['content-security-policy']).not.toMatch(/script-src|unsafe-eval|upgrade-insecure-requests/)
    expect(headers['x-content-type-options']).toBe('nosniff')
    expect(headers['referrer-policy']).toBe('no-referrer')
    expect((await send('/api/v1/version')).headers['cache-control']).toBe('no-store')
  })
})
