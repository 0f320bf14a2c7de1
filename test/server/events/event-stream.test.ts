import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type AppServer, startAppServer } from '../../support/app-server.js'
import { insertEvents } from '../../support/insert-events.js'
import { tokenKubeconfig } from '../../support/kubeconfig-text.js'
import { openStream, type StreamFrame, type StreamReader } from '../../support/read-stream.js'

let server: AppServer
const readers: StreamReader[] = []
beforeEach(async () => {
  server = await startAppServer()
})
afterEach(async () => {
  for (const reader of readers.splice(0)) reader.close()
  await server[Symbol.asyncDispose]()
})

let made = 0
/** Each added cluster is one `cluster.added`; its reading adds `cluster.changed` when the address does not answer. */
const addCluster = async () => {
  const body = { name: `c${made++}`, kubeconfig: tokenKubeconfig({ url: 'https://127.0.0.1:1' }) }
  expect((await server.call('POST', '/api/v1/clusters', { body })).status).toBe(201)
}
const stream = async ({ headers = {}, query = '' }: { headers?: Record<string, string>; query?: string } = {}) => {
  const reader = await openStream(`${server.url}/api/v1/events/stream${query}`, { authorization: `Bearer ${server.token}`, ...headers })
  readers.push(reader)
  return reader
}
const withData = (frames: StreamFrame[]) => frames.filter(({ data }) => data !== undefined)
const ids = (frames: StreamFrame[]) => withData(frames).map(({ id }) => id)
const added = '?kind=cluster.added'

describe('the event stream', () => {
  it('gives a first position at once, then each event as it happens', async () => {
    await addCluster()
    const reader = await stream({ query: added })
    await reader.until((frames) => frames.length > 0)
    expect(reader.frames[0]?.id).toBeGreaterThan(0)
    expect(reader.frames[0]?.data).toBeUndefined()
    await addCluster()
    const [frame] = withData(await reader.until((frames) => withData(frames).length === 1))
    expect(frame).toMatchObject({ event: 'cluster.added', data: { id: frame?.id, kind: 'cluster.added', level: 'info' } })
  })

  it('resumes after Last-Event-ID without gap and without double, while events go on', async () => {
    for (let n = 0; n < 5; n++) await addCluster()
    const first = await stream({ query: `${added}&after=0` })
    await first.until((frames) => withData(frames).length >= 3)
    first.close()
    const seen = ids(first.frames)
    const last = seen.at(-1) ?? 0
    const adding = Promise.all(Array.from({ length: 10 }, addCluster))
    const second = await stream({ query: added, headers: { 'last-event-id': String(last) } })
    await adding
    await second.until((frames) => ids(frames).length + seen.length >= 15)
    const stored = (await server.call<{ items: { id: number }[] }>('GET', `/api/v1/events?kind=cluster.added&limit=500`)).body.items
    expect([...seen, ...ids(second.frames)]).toEqual(stored.map(({ id }) => id))
  })

  it('replays thousands of events in order, in pages', async () => {
    await server.close()
    insertEvents(server.dataDir, 2345)
    server = await startAppServer({ dataDir: server.dataDir })
    const reader = await stream({ query: '?after=0&kind=adapter.changed' })
    await reader.until((frames) => withData(frames).length >= 2345)
    expect(ids(reader.frames)).toEqual(Array.from({ length: 2345 }, (_, n) => n + 1))
  })

  it('tells a client to load everything anew when its position cannot be served', async () => {
    await addCluster()
    const reader = await stream({ headers: { 'last-event-id': '999999' }, query: added })
    const [reset] = withData(await reader.until((frames) => withData(frames).length > 0))
    expect(reset?.event).toBe('reset')
    await addCluster()
    await reader.until((frames) => withData(frames).length === 2)
    expect(reader.frames.at(-1)?.event).toBe('cluster.added')
  })

  it('takes no position that is none', async () => {
    for (const id of ['x', '-1', '1.5', '1e99']) {
      const reader = await stream({ headers: { 'last-event-id': id } })
      expect([id, reader.status]).toEqual([id, 400])
    }
  })

  it('gives one client no more than another when one of them does not read', async () => {
    const hanging = await stream({ query: '?after=0' })
    hanging.pause()
    const reading = await stream({ query: added })
    for (let n = 0; n < 20; n++) await addCluster()
    await reading.until((frames) => withData(frames).length === 20)
    hanging.resume()
    await hanging.until((frames) => withData(frames).filter(({ event }) => event === 'cluster.added').length === 20)
    expect(ids(hanging.frames)).toEqual([...new Set(ids(hanging.frames))].sort((a, b) => Number(a) - Number(b)))
  })

  it('ends with the server, and the server with it', async () => {
    const reader = await stream()
    await reader.until((frames) => frames.length > 0)
    await server.close()
    await reader.ended
  })

  it('leaves nothing behind when clients come and go', async () => {
    for (let n = 0; n < 20; n++) {
      const reader = await stream()
      await reader.until((frames) => frames.length > 0)
      reader.close()
      await reader.ended
    }
    await sleep(50)
    await addCluster()
    expect((await server.call('GET', '/api/v1/events')).status).toBe(200)
  })
})
