import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Cluster, ClusterCheckReport } from '../../../contract/cluster.js'
import type { Event } from '../../../contract/event.js'
import type { KubeconfigContext } from '../../../contract/kubeconfig-context.js'
import type { Problem } from '../../../contract/problem.js'
import { type AppServer, startAppServer } from '../../support/app-server.js'
import { eventually } from '../../support/eventually.js'
import { tokenKubeconfig } from '../../support/kubeconfig-text.js'

interface Items<Item> {
  items: Item[]
  next?: string
  total?: number
}

// Nothing listens on port 1: these clusters are never reached.
const kubeconfig = tokenKubeconfig({ url: 'https://127.0.0.1:1', token: 'canary-of-the-token' })
let server: AppServer
beforeEach(async () => {
  server = await startAppServer({ kubeconfig })
})
afterEach(() => server[Symbol.asyncDispose]())

const add = (body: object, headers: Record<string, string> = {}) =>
  server.call<Cluster & Problem>('POST', '/api/v1/clusters', { body, headers })
const list = async (query = '') => (await server.call<Items<Cluster>>('GET', `/api/v1/clusters${query}`)).body
const events = async (kind: string) => (await server.call<Items<Event>>('GET', `/api/v1/events?kind=${kind}&limit=500`)).body.items

describe('connecting a cluster', () => {
  it('from an uploaded kubeconfig stores it with its event, and never shows the credential', async () => {
    const { status, body, headers } = await add({ name: 'up', kubeconfig, scope: ['team-a', 'team-b'] })
    expect(status).toBe(201)
    expect(headers.get('location')).toBe(`/api/v1/clusters/${body.id}`)
    expect(body).toMatchObject({
      name: 'up',
      server: 'https://127.0.0.1:1',
      source: 'upload',
      scope: ['team-a', 'team-b'],
      simulated: false,
    })
    expect((await events('cluster.added')).map(({ subject }) => subject)).toEqual([body.id])
    const seen = JSON.stringify([body, await list(), (await server.call('GET', '/api/v1/events?limit=500')).body])
    expect(seen).not.toContain('canary-of-the-token')
    await server.close()
    for (const file of ['meshwright.db'])
      expect(readFileSync(join(server.dataDir, file)).toString('latin1')).not.toContain('canary-of-the-token')
  })

  it("from a context keeps its name only, and reads the kubeconfig file's credential at each connection", async () => {
    const { body } = await add({ name: 'mine', contextRef: 'main' })
    expect(body).toMatchObject({ source: 'context', context: 'main', server: 'https://127.0.0.1:1', scope: 'cluster' })
    const contexts = (await server.call<Items<KubeconfigContext>>('GET', '/api/v1/kubeconfig-contexts')).body
    expect(contexts.items).toMatchObject([{ name: 'main', current: true, credential: 'token', usable: true, clusterId: body.id }])
    expect(JSON.stringify(contexts)).not.toContain('canary-of-the-token')
  })

  it('twice under one name, or of one context, is a conflict that names the other', async () => {
    await add({ name: 'one', contextRef: 'main' })
    expect(await add({ name: 'one', kubeconfig })).toMatchObject({
      status: 409,
      body: { code: 'conflict', title: expect.stringContaining('"one"') },
    })
    expect(await add({ name: 'two', contextRef: 'main' })).toMatchObject({
      status: 409,
      body: { title: expect.stringContaining('as "one"') },
    })
    expect((await list()).items).toHaveLength(1)
    expect(await events('cluster.added')).toHaveLength(1)
  })

  it('says that nothing answers, with cause and next step, in the resource, an event and the check', async () => {
    const { body } = await add({ name: 'dark', kubeconfig })
    const dark = await eventually(
      async () => (await server.call<Cluster>('GET', `/api/v1/clusters/${body.id}`)).body,
      ({ state }) => state !== 'connecting',
    )
    expect(dark).toMatchObject({
      state: 'unreachable',
      failure: { code: 'cluster-unreachable', cause: expect.any(String), remedy: expect.any(String) },
    })
    expect((await events('cluster.changed')).map(({ data }) => data.state)).toContain('unreachable')
    const report = (await server.call<ClusterCheckReport>('POST', `/api/v1/clusters/${body.id}/check`)).body
    expect(report).toMatchObject({
      ok: false,
      checks: [
        { check: 'reach', result: 'failed', cause: expect.any(String), remedy: expect.any(String) },
        { check: 'auth', result: 'skipped' },
        { check: 'permissions', result: 'skipped' },
        { check: 'version', result: 'skipped' },
      ],
    })
  })

  it('that was stored is read again after a restart, with the same key', async () => {
    const { body } = await add({ name: 'kept', kubeconfig })
    await server.close()
    await using again = await startAppServer({ dataDir: server.dataDir })
    const { body: kept } = await again.call<Cluster>('GET', `/api/v1/clusters/${body.id}`)
    expect(kept).toMatchObject({ id: body.id, name: 'kept', createdAt: body.createdAt })
    const seen = await eventually(
      async () => (await again.call<Cluster>('GET', `/api/v1/clusters/${body.id}`)).body,
      ({ state }) => state !== 'connecting',
    )
    expect(seen.failure?.code).toBe('cluster-unreachable')
  })

  it('does not start over a database whose key is gone', async () => {
    await add({ name: 'kept', kubeconfig })
    await server.close()
    rmSync(join(server.dataDir, 'secret.key'))
    await expect(startAppServer({ dataDir: server.dataDir })).rejects.toThrow('The key of the stored credentials cannot be read.')
    writeFileSync(join(server.dataDir, 'secret.key'), Buffer.alloc(32, 7).toString('base64'))
    await using again = await startAppServer({ dataDir: server.dataDir })
    const [cluster] = (await again.call<Items<Cluster>>('GET', '/api/v1/clusters')).body.items
    const look = async () => (await again.call<Cluster>('GET', `/api/v1/clusters/${cluster?.id}`)).body
    const lost = await eventually(look, ({ state }) => state !== 'connecting')
    expect(lost.failure).toMatchObject({ title: 'A stored credential cannot be opened.', remedy: expect.stringContaining('again') })
  })
})

describe('a repeated call', () => {
  it('with the same key and body gets the same answer, and makes one cluster', async () => {
    const key = { 'idempotency-key': 'k-1' }
    const [first, second] = await Promise.all([add({ name: 'a', kubeconfig }, key), add({ kubeconfig, name: 'a' }, key)])
    expect(first.status).toBe(201)
    expect(second).toMatchObject({ status: 201, body: first.body })
    expect(second.headers.get('location')).toBe(first.headers.get('location'))
    expect((await list()).items).toHaveLength(1)
    expect(await events('cluster.added')).toHaveLength(1)
  })

  it('with the same key and another body is a conflict; a failed call may be tried again', async () => {
    const key = { 'idempotency-key': 'k-2' }
    expect((await add({ name: 'a', contextRef: 'nowhere' }, key)).status).toBe(404)
    expect((await add({ name: 'a', kubeconfig }, key)).status).toBe(201)
    expect(await add({ name: 'b', kubeconfig }, key)).toMatchObject({ status: 409, body: { code: 'idempotency-conflict' } })
    expect((await list()).items).toHaveLength(1)
  })

  it('is remembered over a restart', async () => {
    const key = { 'idempotency-key': 'k-3' }
    const { body } = await add({ name: 'a', kubeconfig }, key)
    await server.close()
    await using again = await startAppServer({ dataDir: server.dataDir })
    const repeated = await again.call<Cluster>('POST', '/api/v1/clusters', { body: { name: 'a', kubeconfig }, headers: key })
    expect(repeated).toMatchObject({ status: 201, body: { id: body.id } })
  })
})

describe('changing and forgetting', () => {
  it('a change for an older state is refused with the current object', async () => {
    const { body } = await add({ name: 'a', kubeconfig })
    const path = `/api/v1/clusters/${body.id}`
    const etag = (await server.call('GET', path)).headers.get('etag') ?? ''
    const patch = (name: string, match: string) =>
      server.call<Cluster & Problem>('PATCH', path, { body: { name }, headers: { 'if-match': match } })
    const changed = await patch('b', etag)
    expect(changed).toMatchObject({ status: 200, body: { name: 'b' } })
    expect(await patch('c', etag)).toMatchObject({ status: 412, body: { code: 'precondition-failed', current: { name: 'b' } } })
    expect((await patch('c', changed.headers.get('etag') ?? '')).status).toBe(200)
    expect((await patch('d', '*')).status).toBe(200)
    expect((await list()).items[0]?.name).toBe('d')
  })

  it('may not take the name of another, nor an unknown field', async () => {
    await add({ name: 'a', kubeconfig })
    const { body } = await add({ name: 'b', kubeconfig })
    const path = `/api/v1/clusters/${body.id}`
    expect(await server.call('PATCH', path, { body: { name: 'a' } })).toMatchObject({ status: 409, body: { code: 'conflict' } })
    expect(await server.call('PATCH', path, { body: { kubeconfig } })).toMatchObject({
      status: 400,
      body: { errors: [{ pointer: '/kubeconfig' }] },
    })
    expect(await server.call('PATCH', path, { body: { name: 'b', scope: ['x'] } })).toMatchObject({ status: 200, body: { scope: ['x'] } })
  })

  it('forgets the cluster with its credential; what it was is 404 from then on', async () => {
    const { body } = await add({ name: 'a', kubeconfig })
    const path = `/api/v1/clusters/${body.id}`
    expect((await server.call('DELETE', path)).status).toBe(204)
    for (const [method, more] of [
      ['GET', ''],
      ['DELETE', ''],
      ['POST', '/check'],
    ] as const) {
      expect((await server.call<Problem>(method, path + more)).body.code).toBe('not-found')
    }
    expect((await events('cluster.removed')).map(({ subject }) => subject)).toEqual([body.id])
    expect((await add({ name: 'a', kubeconfig })).status).toBe(201)
  })
})

describe('the list', () => {
  it('comes in pages and orders that lose nothing and double nothing', async () => {
    const names = ['b', 'a', 'd', 'c', 'e']
    for (const name of names) await add({ name, kubeconfig })
    const walk = async (sort: string) => {
      const seen: string[] = []
      for (let cursor: string | undefined = ''; cursor !== undefined; ) {
        const page: Items<Cluster> = await list(`?limit=2&sort=${sort}${cursor === '' ? '' : `&cursor=${cursor}`}`)
        expect(page.total).toBe(5)
        seen.push(...page.items.map(({ name }) => name))
        cursor = page.next
      }
      return seen
    }
    expect(await walk('name')).toEqual(['a', 'b', 'c', 'd', 'e'])
    expect(await walk('-name')).toEqual(['e', 'd', 'c', 'b', 'a'])
    expect(await walk('createdAt')).toEqual(names)
    expect(await walk('-createdAt')).toEqual([...names].reverse())
  })
})
