import type { ServerResponse } from 'node:http'
import { setImmediate as tick } from 'node:timers/promises'
import { afterEach, describe, expect, it } from 'vitest'
import { connectCluster } from '../../../server/kubernetes/connect-cluster.js'
import { type ReflectorChange, type ReflectorState, startReflector } from '../../../server/kubernetes/reflector.js'
import { type Handler, type ScriptedApi, sendJson, sendStatus, startScriptedApi } from '../../support/kubernetes/scripted-api.js'

interface Thing {
  metadata: { name: string; namespace: string; resourceVersion: string }
  size: number
}

const thing = (name: string, version: number, size = 1): Thing => ({
  metadata: { name, namespace: 'shop', resourceVersion: String(version) },
  size,
})
const list = (items: Thing[], version: number, next?: string) => ({
  metadata: { resourceVersion: String(version), ...(next ? { continue: next } : {}) },
  items,
})
const event = (type: string, object: object) => `${JSON.stringify({ type, object })}\n`

/** What a server does with lists and watches, one entry per request; the last one goes on. */
interface Script {
  lists: Handler[]
  watches: Handler[]
}

const openWatches: ServerResponse[] = []
const holdWatch =
  (...events: string[]): Handler =>
  (_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' })
    response.flushHeaders()
    for (const line of events) response.write(line)
    openWatches.push(response)
  }
const endWatch =
  (...events: string[]): Handler =>
  (_request, response) => {
    response.writeHead(200)
    response.end(events.join(''))
  }
const answer =
  (body: unknown): Handler =>
  (_request, response) =>
    sendJson(response, body)
const refuse =
  (code: number, reason: string, headers?: Record<string, string>): Handler =>
  (_request, response) =>
    sendStatus(response, code, reason, headers)
const reset: Handler = (_request, response) => void response.destroy()

const cleanups: (() => Promise<unknown>)[] = []
afterEach(async () => {
  openWatches.length = 0
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

async function reflect(script: Script, { stallMs = 60_000 } = {}) {
  const counts = { lists: 0, watches: 0 }
  const api: ScriptedApi = await startScriptedApi(async (request, response) => {
    const isWatch = request.query.get('watch') === '1'
    const handlers = isWatch ? script.watches : script.lists
    const n = isWatch ? counts.watches++ : counts.lists++
    await handlers[Math.min(n, handlers.length - 1)]?.(request, response)
  })
  const connection = connectCluster({ server: api.url, ca: api.ca, auth: { kind: 'token', token: 't' } })
  const changes: ReflectorChange<number>[] = []
  const states: ReflectorState[] = []
  const waits: number[] = []
  const ending = new AbortController()
  const reflector = startReflector<Thing, number>({
    connection,
    resource: { apiVersion: 'example.com/v1', plural: 'things', namespaced: true },
    project: ({ size }) => size,
    onChange: (change) => changes.push(change),
    onState: (state) => states.push(state),
    signal: ending.signal,
    stallMs,
    // Waits pass at once and are written down.
    clock: {
      now: () => Date.now(),
      sleep: async (ms) => {
        waits.push(ms)
        await tick()
      },
      random: () => 1,
    },
  })
  cleanups.push(async () => {
    ending.abort()
    await reflector.done
    await connection.close()
    await api.close()
  })
  return { api, reflector, changes, states, waits, counts, ending, watchesOpen: () => openWatches.length }
}

const stateNames = (states: ReflectorState[]) => states.map(({ state }) => state)
const watched = (api: ScriptedApi) => api.seen.filter(({ query }) => query.get('watch') === '1')

describe('a reflector', () => {
  it('lists in pages of 500 and watches from there with bookmarks', async () => {
    const { api, reflector, states, changes } = await reflect({
      lists: [answer(list([thing('a', 1)], 9, 'more')), answer(list([thing('b', 2, 5)], 9))],
      watches: [holdWatch()],
    })
    await expect.poll(() => openWatches.length).toBe(1)
    expect(reflector.snapshot()).toEqual([1, 5])
    expect(changes).toEqual([
      { key: 'shop/a', after: 1 },
      { key: 'shop/b', after: 5 },
    ])
    expect(stateNames(states)).toEqual(['listing', 'live'])
    const [first, second, third] = api.seen
    expect([first?.path, first?.query.get('limit'), second?.query.get('continue')]).toEqual(['/apis/example.com/v1/things', '500', 'more'])
    expect(Object.fromEntries(third?.query ?? [])).toMatchObject({ watch: '1', allowWatchBookmarks: 'true', resourceVersion: '9' })
  })

  it('tells real differences only', async () => {
    const { changes, reflector } = await reflect({
      lists: [answer(list([thing('a', 1)], 1))],
      watches: [
        holdWatch(
          event('MODIFIED', thing('a', 2)),
          event('MODIFIED', thing('a', 3, 7)),
          event('ADDED', thing('b', 4)),
          event('DELETED', thing('a', 5, 7)),
        ),
      ],
    })
    await expect.poll(() => changes.length).toBe(4)
    expect(reflector.snapshot()).toEqual([1])
    expect(changes.slice(1)).toEqual([
      { key: 'shop/a', before: 1, after: 7 },
      { key: 'shop/b', after: 1 },
      { key: 'shop/a', before: 7 },
    ])
  })

  it('resumes after the last event or bookmark when the stream is cut, without a list and without a word', async () => {
    const { api, counts, states } = await reflect({
      lists: [answer(list([thing('a', 1)], 1))],
      watches: [
        holdWatch(event('MODIFIED', thing('a', 4)), event('BOOKMARK', { metadata: { resourceVersion: '20' } })),
        holdWatch(event('ADDED', thing('b', 21))),
      ],
    })
    await expect.poll(() => openWatches.length).toBe(1)
    openWatches[0]?.destroy()
    await expect.poll(() => openWatches.length).toBe(2)
    expect(watched(api).map(({ query }) => query.get('resourceVersion'))).toEqual(['1', '20'])
    expect(counts.lists).toBe(1)
    expect(stateNames(states)).toEqual(['listing', 'live'])
  })

  it.each([
    ['as an answer', refuse(410, 'Expired')],
    ['inside the stream', holdWatch(event('ERROR', { kind: 'Status', code: 410, reason: 'Expired', message: 'too old' }))],
  ])('lists exactly once more when history is gone (410 %s), and tells what went meanwhile', async (_how, gone) => {
    const { counts, changes, reflector } = await reflect({
      lists: [answer(list([thing('a', 1), thing('b', 1)], 1)), answer(list([thing('b', 1), thing('c', 8)], 8))],
      watches: [gone, holdWatch()],
    })
    await expect.poll(() => counts.watches).toBe(2)
    expect(counts.lists).toBe(2)
    expect(changes.slice(2)).toEqual([
      { key: 'shop/a', before: 1 },
      { key: 'shop/c', after: 1 },
    ])
    expect(reflector.snapshot()).toEqual([1, 1])
  })

  it('waits as long as a 429 says, and then resumes without a list', async () => {
    const { counts, waits, states } = await reflect({
      lists: [answer(list([], 3))],
      watches: [refuse(429, 'TooManyRequests', { 'retry-after': '17' }), holdWatch()],
    })
    await expect.poll(() => openWatches.length).toBe(1)
    expect(waits).toEqual([17_000])
    expect(counts).toEqual({ lists: 1, watches: 2 })
    await expect.poll(() => stateNames(states)).toEqual(['listing', 'live', 'stale', 'live'])
  })

  it('outlasts errors with waits that grow to ten seconds and no further', async () => {
    const { waits, states } = await reflect({
      lists: [...Array.from({ length: 7 }, () => refuse(500, 'InternalError')), answer(list([thing('a', 1)], 1))],
      watches: [holdWatch()],
    })
    await expect.poll(() => openWatches.length).toBe(1)
    expect(waits).toEqual([800, 1600, 3200, 6400, 10_000, 10_000, 10_000])
    expect(stateNames(states)).toEqual(['listing', 'stale', 'live'])
  })

  it('outlasts connections that break', async () => {
    const { waits, reflector } = await reflect({ lists: [reset, reset, answer(list([thing('a', 1)], 1))], watches: [holdWatch()] })
    await expect.poll(() => reflector.snapshot()).toEqual([1])
    expect(waits).toEqual([800, 1600])
  })

  it('takes a watch that says nothing for dead, and resumes it', async () => {
    const { counts, api } = await reflect({ lists: [answer(list([], 3))], watches: [holdWatch()] }, { stallMs: 150 })
    await expect.poll(() => counts.watches, { timeout: 20_000 }).toBeGreaterThan(2)
    expect(counts.lists).toBe(1)
    expect(watched(api)[2]?.query.get('resourceVersion')).toBe('3')
  })

  it('never skips an event that it cannot read: it lists again', async () => {
    const { counts, reflector } = await reflect({
      lists: [answer(list([thing('a', 1)], 1)), answer(list([thing('a', 1), thing('b', 2)], 2))],
      watches: [holdWatch('{"type":"ADDED","object":{"meta\n'), holdWatch()],
    })
    await expect.poll(() => counts.watches).toBe(2)
    expect(counts.lists).toBe(2)
    expect(reflector.snapshot()).toHaveLength(2)
  })

  it('does not ask in a circle when the server ends each stream at once', async () => {
    const { counts, waits } = await reflect({ lists: [answer(list([], 1))], watches: [endWatch(), endWatch(), holdWatch()] })
    await expect.poll(() => openWatches.length).toBe(1)
    expect([counts.lists, waits]).toEqual([1, [1000, 1000]])
  })

  it.each([
    ['forbidden', 403, 'Forbidden'],
    ['absent', 404, 'NotFound'],
  ] as const)('treats %s as a state: forgets what it had and looks again each minute', async (state, code, reason) => {
    const { waits, states, reflector, changes } = await reflect({
      lists: [answer(list([thing('a', 1)], 1)), refuse(code, reason), answer(list([thing('a', 9)], 9))],
      watches: [refuse(code, reason), holdWatch()],
    })
    await expect.poll(() => openWatches.length).toBe(1)
    expect(stateNames(states)).toEqual(['listing', 'live', state, 'live'])
    expect(changes).toEqual([
      { key: 'shop/a', after: 1 },
      { key: 'shop/a', before: 1 },
      { key: 'shop/a', after: 1 },
    ])
    expect(waits).toEqual([72_000, 72_000])
    expect(reflector.snapshot()).toEqual([1])
  })

  it('asks twice a minute at most with a credential that is refused', async () => {
    const { waits, states } = await reflect({
      lists: [refuse(401, 'Unauthorized'), refuse(401, 'Unauthorized'), answer(list([], 1))],
      watches: [holdWatch()],
    })
    await expect.poll(() => openWatches.length).toBe(1)
    expect(waits).toEqual([36_000, 36_000])
    expect(stateNames(states)).toEqual(['listing', 'stale', 'live'])
  })

  it('ends with its signal, and its picture stays readable', async () => {
    const { reflector, ending, counts } = await reflect({ lists: [answer(list([thing('a', 1)], 1))], watches: [holdWatch()] })
    await expect.poll(() => openWatches.length).toBe(1)
    ending.abort()
    await reflector.done
    expect(reflector.snapshot()).toEqual([1])
    expect(counts).toEqual({ lists: 1, watches: 1 })
  })
})
