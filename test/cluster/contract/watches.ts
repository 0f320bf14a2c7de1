import { expect, it } from 'vitest'
import type { Body, ContractClient, WatchStream } from './contract-client.js'
import { gadgets } from './gadgets.js'
import { configMap } from './objects.js'

const shown = (event: Body) => [event.type, event.object.metadata.name]

/** Watches: from now, from a version, from the beginning; bookmarks; what is too old. */
export function watches(api: () => ContractClient): void {
  const begun = async () => {
    const path = `/api/v1/namespaces/${await api().namespace()}/configmaps`
    await api().until(`${path}/kube-root-ca.crt`, ({ status }) => status === 200)
    await api().create(path, configMap('first', { a: '1' }, { labels: { watched: 'yes' } }))
    const { body } = await api().get(path)
    return { path, version: body.metadata.resourceVersion }
  }

  it('tells what happens after a version, in order', async () => {
    const { path, version } = await begun()
    await using stream = await api().watch(`${path}?watch=true&resourceVersion=${version}`)
    await api().create(path, configMap('second'))
    await api().ask('PATCH', `${path}/second`, { body: { data: { a: '2' } }, type: 'application/merge-patch+json' })
    await api().ask('DELETE', `${path}/second`)
    expect(shown(await stream.next())).toEqual(['ADDED', 'second'])
    const changed = await stream.next()
    expect(shown(changed)).toEqual(['MODIFIED', 'second'])
    expect(changed.object).toMatchObject({ kind: 'ConfigMap', apiVersion: 'v1', data: { a: '2' } })
    expect(shown(await stream.next())).toEqual(['DELETED', 'second'])
  })

  it('resumes from the version of the last event', async () => {
    const { path, version } = await begun()
    await api().create(path, configMap('second'))
    const resumeAt = await firstVersion(api(), `${path}?watch=true&resourceVersion=${version}`)
    await api().create(path, configMap('third'))
    await using stream = await api().watch(`${path}?watch=true&resourceVersion=${resumeAt}`)
    expect(shown(await stream.next())).toEqual(['ADDED', 'third'])
  })

  it('begins with all objects when no version is given', async () => {
    const { path } = await begun()
    await using stream = await api().watch(`${path}?watch=true`)
    const events = [await stream.next(), await stream.next()]
    expect(events.map(shown).sort()).toEqual([
      ['ADDED', 'first'],
      ['ADDED', 'kube-root-ca.crt'],
    ])
  })

  it('marks the end of the initial events with a bookmark', async () => {
    const { path } = await begun()
    const query = 'watch=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true'
    await using stream = await api().watch(`${path}?${query}`)
    const events = [await stream.next(), await stream.next(), await stream.next()]
    expect(events.slice(0, 2).map(({ type }) => type)).toEqual(['ADDED', 'ADDED'])
    expect(events[2]).toMatchObject({
      type: 'BOOKMARK',
      object: { kind: 'ConfigMap', metadata: { annotations: { 'k8s.io/initial-events-end': 'true' } } },
    })
    expect(events[2].object.metadata.resourceVersion).toMatch(/^\d+$/)
  })

  it('refuses initial events without saying how new they must be', async () => {
    const { path } = await begun()
    const { status, body } = await api().get(`${path}?watch=true&sendInitialEvents=true`)
    expect(status).toBe(422)
    expect(body.reason).toBe('Invalid')
  })

  it('sends a bookmark before it ends, and ends at its time', async () => {
    const { path, version } = await begun()
    await using stream = await api().watch(`${path}?watch=true&resourceVersion=${version}&allowWatchBookmarks=true&timeoutSeconds=8`)
    // A bookmark is of a later version than the watch began with.
    await begun()
    const events = await toEnd(stream)
    expect(events.map(({ type }) => type)).toContain('BOOKMARK')
    for (const { type, object } of events) {
      expect(type).toBe('BOOKMARK')
      expect(Number(object.metadata.resourceVersion)).toBeGreaterThan(Number(version))
    }
  })

  it('sends no bookmarks to those who did not ask', async () => {
    const { path, version } = await begun()
    await using stream = await api().watch(`${path}?watch=true&resourceVersion=${version}&timeoutSeconds=8`)
    // Something that there would be a bookmark of.
    await begun()
    expect(await toEnd(stream)).toEqual([])
  })

  it('tells of an object that begins or ceases to match a selector', async () => {
    const { path, version } = await begun()
    await using stream = await api().watch(`${path}?watch=true&resourceVersion=${version}&labelSelector=watched%3Dyes`)
    const label = (watched: string) => ({ body: { metadata: { labels: { watched } } }, type: 'application/merge-patch+json' })
    await api().ask('PATCH', `${path}/first`, label('no'))
    await api().ask('PATCH', `${path}/first`, label('yes'))
    expect(shown(await stream.next())).toEqual(['DELETED', 'first'])
    expect(shown(await stream.next())).toEqual(['ADDED', 'first'])
  })

  it('says 410 to a version that is too old', async () => {
    // The history of a kind begins with its definition.
    const { path } = await gadgets(api())
    const { status, body } = await api().get(`${path}?watch=true&resourceVersion=1&timeoutSeconds=5`)
    const told = status === 200 ? body.object : body
    expect(told).toMatchObject({
      kind: 'Status',
      code: 410,
      reason: 'Expired',
      message: expect.stringContaining('too old resource version: 1'),
    })
  })

  it('watches metadata alone', async () => {
    const { path, version } = await begun()
    const accept = 'application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io'
    await api().create(path, configMap('second'))
    const { body } = await api().get(`${path}?watch=true&resourceVersion=${version}&timeoutSeconds=1`, accept)
    const event = typeof body === 'string' ? JSON.parse(body.split('\n')[0] ?? '{}') : body
    expect(event).toMatchObject({ type: 'ADDED', object: { kind: 'PartialObjectMetadata', metadata: { name: 'second' } } })
    expect(event.object.data).toBeUndefined()
  })
}

async function firstVersion(api: ContractClient, path: string): Promise<string> {
  await using stream = await api.watch(path)
  return (await stream.next()).object.metadata.resourceVersion
}

async function toEnd(stream: WatchStream): Promise<Body[]> {
  const events: Body[] = []
  for (let event = await stream.next(); event !== undefined; event = await stream.next()) events.push(event)
  return events
}
