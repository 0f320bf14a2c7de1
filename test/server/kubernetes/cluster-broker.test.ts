import { once } from 'node:events'
import { mkdtemp, rm, stat } from 'node:fs/promises'
import type { ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect as connectTls } from 'node:tls'
import pino from 'pino'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { RequestedObject } from '../../../contract/operation.js'
import { connectWithToken } from '../../../kube/connection.js'
import { kubeRequest } from '../../../kube/kube-client.js'
import { type ClusterBroker, type Grant, startClusterBroker } from '../../../server/kubernetes/cluster-broker.js'
import { connectCluster } from '../../../server/kubernetes/connect-cluster.js'
import type { GrantRequest } from '../../../server/kubernetes/grants.js'
import { rawRequest } from '../../support/kubernetes/raw-request.js'
import { type Handler, type ScriptedApi, sendJson, sendStatus, startScriptedApi } from '../../support/kubernetes/scripted-api.js'

const maps = '/api/v1/namespaces/shop/configmaps'
const json = { 'content-type': 'application/json' }
const map = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'one' } }

describe('the cluster broker', () => {
  let dataDir: string
  let api: ScriptedApi
  let broker: ClusterBroker
  let logged: string
  let requested: RequestedObject[]
  let handler: Handler

  beforeEach(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'meshwright-broker-'))
    requested = []
    logged = ''
    handler = (_request, response) => sendJson(response, map, 201, { 'audit-id': 'from-the-api' })
    api = await startScriptedApi((request, response) => handler(request, response))
    const log = pino(
      { level: 'trace' },
      {
        write: (line: string) => {
          logged += line
        },
      },
    )
    broker = await startClusterBroker({ dataDir, log, drainMs: 300 })
  })
  afterEach(async () => {
    await broker.close()
    await api.close()
    await rm(dataDir, { recursive: true })
  })

  const open = (options: Partial<GrantRequest> = {}): Grant =>
    broker.openGrant({
      operation: 'op-1',
      connection: connectCluster({ server: `${api.url}/k8s/clusters/c-1`, ca: api.ca, auth: { kind: 'token', token: 'cluster-secret' } }),
      scope: 'cluster',
      mode: 'write',
      expiresAt: new Date(Date.now() + 60_000),
      onRequested: (entry) => requested.push(entry),
      ...options,
    })
  const create = (grant: Grant) => rawRequest(grant, { method: 'POST', path: maps, headers: json, body: JSON.stringify(map) })
  const atTheApi = () => api.seen.filter(({ path }) => path.endsWith(maps))

  it('takes a large change on a connection whose last answer is still on its way', async () => {
    const answer = 'x'.repeat(8 * 1024 * 1024)
    handler = ({ method }, response) => (method === 'GET' ? void response.end(answer) : sendJson(response, map, 201))
    const { token } = open()
    const socket = connectTls({ port: Number(new URL(broker.url).port), host: '127.0.0.1', rejectUnauthorized: false })
    await once(socket, 'secureConnect')
    const head = (first: string) => `${first} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${token}\r\n`
    socket.write(`${head(`GET ${maps}`)}\r\n`)
    // Nobody reads the answer yet, so that the broker has to wait with the rest of it.
    await vi.waitFor(() => expect(atTheApi()).toHaveLength(1), 30_000)
    const body = JSON.stringify({ ...map, data: { text: 'y'.repeat(200_000) } })
    const headers = `content-type: application/json\r\ncontent-length: ${body.length}\r\nconnection: close\r\n\r\n`
    socket.write(`${head(`POST ${maps}`)}${headers}${body}`)
    let received = 0
    socket.on('data', (chunk: Buffer) => {
      received += chunk.length
    })
    await once(socket, 'close')
    expect(received).toBeGreaterThan(answer.length)
    expect(atTheApi().map((request) => [request.method, request.body.length])).toEqual([
      ['GET', 0],
      ['POST', body.length],
    ])
  })

  describe('identity', () => {
    it('sends the credential of the cluster, never the token of the grant, below a path prefix too', async () => {
      const grant = open()
      await create(grant)
      const [sent] = atTheApi()
      expect(sent?.path).toBe(`/k8s/clusters/c-1${maps}`)
      expect(sent?.headers.authorization).toBe('Bearer cluster-secret')
      expect(JSON.stringify(sent)).not.toContain(grant.token)
    })

    it('sends no header of the client but those that say what it wants', async () => {
      const hostile = {
        'impersonate-user': 'root',
        'impersonate-group': ['system:masters', 'x'],
        'impersonate-extra-scopes': 'all',
        'x-remote-user': 'root',
        'x-http-method-override': 'DELETE',
        'x-forwarded-for': '10.0.0.1',
        'proxy-authorization': 'Basic x',
        'audit-id': 'mine',
        cookie: 'a=b',
        te: 'trailers',
        connection: 'authorization, close',
        'user-agent': 'helm/4',
        accept: 'application/vnd.kubernetes.protobuf;stream=watch, application/cbor, application/json;as=Table;g=meta.k8s.io;v=v1, */*',
      }
      await rawRequest(open(), { path: maps, headers: hostile })
      const { host: _, ...headers } = atTheApi()[0]?.headers ?? {}
      expect(headers).toEqual({
        accept: 'application/json;as=Table;g=meta.k8s.io;v=v1',
        authorization: 'Bearer cluster-secret',
        connection: 'keep-alive',
        'user-agent': 'helm/4',
      })
    })

    it('puts the identity of the grant in the place of the one that the connection acts as', async () => {
      const connection = connectCluster({
        server: api.url,
        ca: api.ca,
        impersonate: { user: 'from-kubeconfig', groups: ['old'], uid: '7' },
        auth: { kind: 'token', token: 't' },
      })
      await rawRequest(open({ connection }), { path: maps })
      await rawRequest(open({ connection, actAs: { user: 'dora' } }), { path: maps })
      const users = api.seen.map(({ headers }) => [headers['impersonate-user'], headers['impersonate-group'], headers['impersonate-uid']])
      expect(users).toEqual([
        ['from-kubeconfig', 'old', '7'],
        ['dora', undefined, undefined],
      ])
    })

    it.each([{ user: '' }, { user: 'a\r\nx: y' }, { user: 'dora', groups: [''] }])(
      'refuses to act as %j instead of as itself',
      async (actAs) => {
        const { status } = await rawRequest(open({ actAs }), { path: maps })
        expect(status).toBeGreaterThanOrEqual(400)
        expect(api.seen).toEqual([])
      },
    )

    it.each([
      ['no token', undefined],
      ['an empty one', ''],
      ['a guessed one', 'A'.repeat(43)],
      ['another scheme', 'Basic eDp5'],
    ])('answers 401 to %s', async (_title, authorization) => {
      const headers = authorization === undefined ? {} : { authorization }
      const { status } = await rawRequest({ url: broker.url, ca: open().ca }, { path: maps, headers })
      expect(status).toBe(401)
      expect(api.seen).toEqual([])
    })

    it('answers 401 to a good token beside another one', async () => {
      const { url, ca, token } = open()
      const { status } = await rawRequest({ url, ca }, { path: maps, headers: { authorization: [`Bearer ${token}`, 'Bearer x'] } })
      expect(status).toBe(401)
      expect(api.seen).toEqual([])
    })
  })

  describe('the record', () => {
    it('has an entry before the client has its answer', async () => {
      const order: string[] = []
      const grant = open({ onRequested: () => order.push('recorded') })
      await create(grant).then(() => order.push('answered'))
      expect(order).toEqual(['recorded', 'answered'])
    })

    it('names kind and object of refused, sub-resource and delete requests as well', async () => {
      handler = (request, response) => {
        const discovered = { resource: 'deployments', responseKind: { kind: 'Deployment' }, scope: 'Namespaced', verbs: [] }
        const group = { metadata: { name: 'apps' }, versions: [{ version: 'v1', resources: [discovered] }] }
        if (/\/apis?$/.test(request.path)) return sendJson(response, { kind: 'APIGroupDiscoveryList', items: [group] })
        return sendStatus(response, 409, 'Conflict', { 'audit-id': 'a' })
      }
      const grant = open()
      const path = '/apis/apps/v1/namespaces/shop/deployments'
      const body = JSON.stringify({ apiVersion: 'apps/v1', kind: 'Pretended', metadata: { name: 'web' } })
      await rawRequest(grant, { method: 'POST', path, headers: json, body })
      await rawRequest(grant, { method: 'PUT', path: `${path}/web/scale`, headers: json, body: '{}' })
      await rawRequest(grant, { method: 'DELETE', path: `${path}/web` })
      const object = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name: 'web' }
      expect(requested).toEqual([
        expect.objectContaining({ verb: 'create', object, status: 409, auditId: 'a' }),
        expect.objectContaining({ verb: 'update', object, subresource: 'scale', status: 409 }),
        expect.objectContaining({ verb: 'delete', object, status: 409 }),
      ])
    })

    it('keeps a change whose answer never came, with the id that the audit log will have', async () => {
      handler = (_request, response) => void response.destroy()
      const { status } = await create(open())
      expect(status).toBe(502)
      expect(requested).toEqual([expect.objectContaining({ verb: 'create', status: 0 })])
      expect(requested[0]?.auditId).toBe(atTheApi()[0]?.headers['audit-id'])
    })

    it('ends the grant when a change cannot be recorded', async () => {
      const grant = open({
        onRequested: () => {
          throw new Error('disk full')
        },
      })
      expect((await create(grant)).status).toBe(500)
      expect((await create(grant)).status).toBe(403)
      expect(atTheApi()).toHaveLength(1)
    })

    it('goes on with a change whose client has left', async () => {
      const waiting: ServerResponse[] = []
      handler = (_request, response) => void waiting.push(response)
      const grant = open()
      const client = connectWithToken(grant)
      const leaving = new AbortController()
      const asked = kubeRequest(client, { method: 'POST', path: maps, body: map, signal: leaving.signal })
      await expect.poll(() => waiting.length).toBe(1)
      leaving.abort()
      await expect(asked).rejects.toThrow()
      for (const response of waiting) sendJson(response, map, 201)
      await expect.poll(() => requested.length).toBe(1)
      expect(requested[0]?.status).toBe(201)
    })
  })

  describe('the fence', () => {
    it('refuses new requests at once and waits for a change that is on its way', async () => {
      const waiting: ServerResponse[] = []
      handler = (_request, response) => void waiting.push(response)
      const grant = open()
      const change = create(grant)
      await expect.poll(() => waiting.length).toBe(1)
      let isFenced = false
      const fence = grant.revoke().then(() => {
        isFenced = true
      })
      expect((await create(grant)).status).toBe(403)
      expect([isFenced, requested.length]).toEqual([false, 0])
      for (const response of waiting) sendJson(response, map, 201)
      expect((await change).status).toBe(201)
      await fence
      expect(requested).toHaveLength(1)
      expect(atTheApi()).toHaveLength(1)
    })

    it('cuts a change that does not end, and lists it as unanswered', async () => {
      handler = () => undefined
      const grant = open()
      const change = create(grant)
      await expect.poll(() => atTheApi().length).toBe(1)
      await grant.revoke()
      expect(requested).toEqual([expect.objectContaining({ status: 0 })])
      expect((await change).status).toBe(403)
    })

    it('cuts watches, and is the same for all who ask', async () => {
      handler = (_request, response) => {
        response.writeHead(200)
        response.flushHeaders()
      }
      const grant = open({ mode: 'read' })
      const watch = rawRequest(grant, { path: `${maps}?watch=1` })
      watch.catch(() => undefined)
      await expect.poll(() => atTheApi().length).toBe(1)
      await Promise.all([grant.revoke(), grant.revoke()])
      await expect(watch).rejects.toThrow()
    })

    it('comes by itself when the time is over', async () => {
      const grant = open({ expiresAt: new Date(Date.now() + 50) })
      await expect.poll(async () => (await rawRequest(grant, { path: maps })).status).toBe(403)
    })
  })

  it('refuses bodies above 3 MiB, also in chunks', async () => {
    const big = Buffer.alloc(3 * 1024 * 1024 + 1, 0x20)
    const grant = open()
    expect((await rawRequest(grant, { method: 'POST', path: maps, headers: json, body: big }).catch(() => ({ status: 413 }))).status).toBe(
      413,
    )
    const chunked = { ...json, 'transfer-encoding': 'chunked' }
    const answer = await rawRequest(grant, { method: 'POST', path: maps, headers: chunked, body: big }).catch(() => ({ status: 413 }))
    expect(answer.status).toBe(413)
    expect(api.seen).toEqual([])
  })

  it('keeps tokens, queries and bodies out of its log', async () => {
    const grant = open()
    await create(grant)
    await rawRequest(grant, { path: `${maps}?labelSelector=secret-label%3D1` })
    await rawRequest(grant, { path: `${maps}/x/exec?command=secret-command` })
    expect(logged).toContain('broker refused a request')
    for (const secret of [grant.token, 'cluster-secret', 'secret-label', 'secret-command', '"one"']) expect(logged).not.toContain(secret)
  })

  it('keeps its authority across restarts, its key readable for the owner only', async () => {
    const { ca } = open()
    await broker.close()
    broker = await startClusterBroker({ dataDir, log: pino({ level: 'silent' }) })
    expect(open().ca).toBe(ca)
    expect((await stat(join(dataDir, 'broker', 'ca.key'))).mode & 0o777).toBe(0o600)
  })
})
