import { createConnection } from 'node:net'
import { text } from 'node:stream/consumers'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { Problem } from '../../../contract/problem.js'
import { type AppServer, startAppServer } from '../../support/app-server.js'
import { tokenKubeconfig } from '../../support/kubeconfig-text.js'
import { rawRequest } from '../../support/raw-request.js'

let server: AppServer
beforeAll(async () => {
  server = await startAppServer()
})
afterAll(() => server[Symbol.asyncDispose]())

const json = () => ({ authorization: `Bearer ${server.token}`, 'content-type': 'application/json' })
const post = (body: string, headers: Record<string, string> = json()) =>
  rawRequest(`${server.url}/api/v1/clusters`, { method: 'POST', headers, body })
const problemOf = (answer: { text: string }): Problem => JSON.parse(answer.text)

describe('a body that cannot be taken', () => {
  // Nothing may be half saved, whatever was sent.
  afterEach(async () => {
    expect((await server.call<{ items: unknown[] }>('GET', '/api/v1/clusters')).body.items).toEqual([])
    expect((await server.call<{ items: unknown[] }>('GET', '/api/v1/events')).body.items).toEqual([])
  })

  it.each([
    ['is no JSON', '{"name":', 'invalid-request'],
    ['is a bare text', '"x"', 'invalid-request'],
    ['is null', 'null', 'invalid-request'],
    ['is a list', '[]', 'invalid-request'],
    ['is missing', '', 'invalid-request'],
    ['has a key that pollutes prototypes', '{"name":"a","kubeconfig":"x","__proto__":{"admin":true}}', 'invalid-request'],
    [
      'has a constructor that pollutes prototypes',
      '{"name":"a","kubeconfig":"x","constructor":{"prototype":{"admin":true}}}',
      'invalid-request',
    ],
    ['hides such a key in depth', '{"name":"a","contextRef":"x","scope":[{"__proto__":{}}]}', 'invalid-request'],
    ['is nested without end', `{"name":${'['.repeat(200_000)}${']'.repeat(200_000)}}`, 'invalid-request'],
    ['is nested 65 levels deep', `{"name":${'['.repeat(65)}${']'.repeat(65)}}`, 'invalid-request'],
    ['has a control character in the name', JSON.stringify({ name: 'a\nb', contextRef: 'x' }), 'invalid-request'],
    ['has a scope of no namespaces', '{"name":"a","contextRef":"x","scope":[]}', 'invalid-request'],
    ['has a namespace that is none', '{"name":"a","contextRef":"x","scope":["../etc"]}', 'invalid-request'],
    ['has neither kubeconfig nor context', '{"name":"a"}', 'invalid-request'],
    ['has both kubeconfig and context', '{"name":"a","kubeconfig":"x","contextRef":"y"}', 'invalid-request'],
    ['names a context that does not exist', '{"name":"a","contextRef":"nowhere"}', 'not-found'],
    ['has a kubeconfig that is none', '{"name":"a","kubeconfig":"just text"}', 'invalid-kubeconfig'],
  ])('because it %s is a problem that says what, why and what to do', async (_what, body, code) => {
    const answer = await post(body)
    const problem = problemOf(answer)
    expect(answer.headers['content-type']).toContain('application/problem+json')
    expect(problem.code).toBe(code)
    expect(problem.status).toBe(answer.status)
    expect(answer.status).toBeLessThan(500)
    expect(problem.title).toMatch(/\.$/)
    expect(problem.detail ?? problem.cause).toBeTruthy()
    expect(problem.requestId).toBe(answer.headers['x-request-id'])
    expect(Object.hasOwn(Object.prototype, 'admin')).toBe(false)
  })

  it.each([
    ['an object that pollutes prototypes', '{"x":{"__proto__":{"admin":true}}}', 'The body is not valid JSON.'],
    ['a constructor that does', '{"x":{"constructor":{"prototype":{"admin":true}}}}', 'The body is not valid JSON.'],
    ['more than 64 levels', `{"x":${'['.repeat(70)}${']'.repeat(70)}}`, 'The body is nested too deeply.'],
    ['levels without end', `{"x":${'['.repeat(300_000)}${']'.repeat(300_000)}}`, 'The body is nested too deeply.'],
  ])('may not hold %s, where any JSON may stand', async (_what, params, title) => {
    const call = `"cluster":"01890000-0000-7000-8000-000000000000","mesh":"istio","action":"install"`
    const body = `{${call},"params":${params}}`
    const answer = await rawRequest(`${server.url}/api/v1/plans`, { method: 'POST', headers: json(), body })
    expect([answer.status, problemOf(answer).title]).toEqual([400, title])
  })

  it('names each unknown field, and of two possible shapes the nearer one', async () => {
    const { errors } = problemOf(await post(JSON.stringify({ name: 'a', kubeconfig: 'x', color: 'red', size: 1 })))
    expect(errors).toEqual([
      { pointer: '/color', message: 'is not a known field' },
      { pointer: '/size', message: 'is not a known field' },
    ])
  })

  it('is 413 above 1 MB, and for a kubeconfig above 256 kB', async () => {
    const big = await post(JSON.stringify({ name: 'a', kubeconfig: 'x'.repeat(1024 * 1024) }))
    expect([big.status, problemOf(big).code]).toEqual([413, 'body-too-large'])
    const kubeconfig = await post(
      JSON.stringify({ name: 'a', kubeconfig: `# ${'x'.repeat(256 * 1024)}\n${tokenKubeconfig({ url: 'https://127.0.0.1:1' })}` }),
    )
    expect([kubeconfig.status, problemOf(kubeconfig).code]).toEqual([413, 'body-too-large'])
    expect(problemOf(kubeconfig).title).toContain('256 kB')
  })

  it.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/jsonx',
    'application/json\ttext',
    ' text/json',
  ])('is 415 as %s', async (type) => {
    const body = JSON.stringify({ name: 'a', contextRef: 'x' })
    const answer = await post(body, { ...json(), 'content-type': type })
    expect([answer.status, problemOf(answer).code]).toEqual([415, 'unsupported-media-type'])
  })

  it.each(['', ' ', 'a b', 'ä', 'x'.repeat(256)])('is refused with the Idempotency-Key "%s"', async (key) => {
    const answer = await post(JSON.stringify({ name: 'a', contextRef: 'x' }), { ...json(), 'idempotency-key': key })
    expect(answer.status).toBeGreaterThanOrEqual(400)
    expect(answer.status).toBeLessThan(500)
  })
})

describe('a query that cannot be taken', () => {
  it.each([
    '?limit=0',
    '?limit=501',
    '?limit=1e9',
    '?limit=NaN',
    '?limit=-1',
    '?limit=',
    '?sort=credential',
    '?sort=name;drop table clusters',
    "?sort=name'--",
    '?sort=-',
    '?sort=name&sort=-name',
    '?cursor=%00',
    '?cursor=e30',
    '?cursor=WzEsMiwzXQ',
    '?cursor=W3t9LHt9XQ',
    `?cursor=${'a'.repeat(501)}`,
    '?unknown=1',
    '?__proto__[x]=1',
  ])('%s is a problem that names the parameter', async (query) => {
    const { status, body } = await server.call<Problem>('GET', `/api/v1/clusters${query}`)
    expect([status, body.code]).toEqual([400, 'invalid-request'])
    expect(body.errors?.[0]?.pointer).toMatch(/^\?\w+/)
  })

  it('an id that is none is refused before anything is looked up', async () => {
    for (const id of ['1', '..%2f..%2fetc%2fpasswd', "'; drop table clusters; --", '%00']) {
      const { status } = await server.call('GET', `/api/v1/clusters/${encodeURIComponent(id)}`)
      expect([id, status]).toEqual([id, 400])
    }
    expect((await server.call<Problem>('GET', '/api/v1/clusters/01890000-0000-7000-8000-000000000000')).body.code).toBe('not-found')
  })
})

describe('an address or method that there is not', () => {
  it('is 404 below /api, and 405 with the methods that there are', async () => {
    expect((await server.call<Problem>('GET', '/api/v1/nothing')).body).toMatchObject({ status: 404, code: 'not-found' })
    const { body, headers } = await server.call<Problem>('PUT', '/api/v1/clusters')
    expect(body).toMatchObject({ status: 405, code: 'method-not-allowed', cause: 'It takes GET, POST, not PUT.' })
    expect(headers.get('allow')).toBe('GET, POST')
  })

  it('cannot leave the folder of the page', async () => {
    for (const path of ['/../package.json', '/..%2f..%2fpackage.json', '/%2e%2e/package.json', '/.%00./x.js', '/%zz']) {
      const { status, text: body } = await rawRequest(`${server.url}${path}`)
      expect(body).not.toContain('"dependencies"')
      expect(status).toBeLessThan(500)
    }
  })

  it('what is no HTTP at all still gets an answer that says so', async () => {
    const { port } = new URL(server.url)
    const socket = createConnection(Number(port), '127.0.0.1')
    socket.end('not http\r\n\r\n')
    const answer = await text(socket)
    expect(answer).toMatch(/^HTTP\/1.1 400 /)
    expect(answer).toContain('application/problem+json')
  })

  // A browser opens connections in advance, and would take what is written there for the answer to the request that it sends next.
  it('a connection that says nothing is closed without a word, and one that says half of it with an answer', async () => {
    const { port } = new URL(server.url)
    const [silent, half] = [createConnection(Number(port), '127.0.0.1'), createConnection(Number(port), '127.0.0.1')]
    half.write('GET /api/v1/version HTTP/1.1\r\n')
    const [said, answered] = await Promise.all([text(silent), text(half)])
    expect(said).toBe('')
    expect(answered).toMatch(/^HTTP\/1.1 400 /)
  }, 20_000)
})

describe('every refusal', () => {
  it.each([
    ['an unknown address', () => rawRequest(`${server.url}/api/v1/nothing`, { headers: json() })],
    ['another method', () => rawRequest(`${server.url}/api/v1/version`, { method: 'DELETE', headers: json() })],
    ['a broken address', () => rawRequest(`${server.url}/api/v1/clusters/%ff`, { headers: json() })],
    ['a foreign page', () => rawRequest(`${server.url}/api/v1/clusters`, { headers: { ...json(), origin: 'https://elsewhere.example' } })],
    ['no token', () => rawRequest(`${server.url}/api/v1/clusters`)],
    ['no JSON', () => post('{')],
    ['too much', () => post(`{"name":"${'x'.repeat(1_100_000)}"}`)],
    ['plain text', () => post('x', { ...json(), 'content-type': 'text/plain' })],
  ])('says why and what to do: %s', async (_what, send) => {
    const problem = problemOf(await send())
    expect(problem.status).toBeGreaterThanOrEqual(400)
    expect(problem.cause).toBeTruthy()
    expect(problem.remedy).toBeTruthy()
  })
})
