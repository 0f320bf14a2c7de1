import { join } from 'node:path'
import { expect, it } from 'vitest'
import type { Operation } from '../../../contract/operation.js'
import { findShared } from '../../support/missing-tool.js'
import type { Items, MeshLife } from './mesh-life.js'

/** The objects of the mesh's own kinds that somebody wrote, as the API server has them; what it sets anew is left out. */
export async function readOwnObjects({ kwok, own }: MeshLife): Promise<object[]> {
  const read = (own?.objects ?? []).map(async ({ apiVersion, kind, metadata: { name = '', namespace } }) => {
    const resource = `${kind}.${apiVersion.split('/').reverse().join('.')}`
    const text = await kwok.kubectl(['get', resource, name, ...(namespace ? [`--namespace=${namespace}`] : []), '--output=json'])
    const { metadata, status: _status, ...content } = JSON.parse(text)
    const { labels = {}, annotations: { 'kubectl.kubernetes.io/last-applied-configuration': _mark, ...annotations } = {} } = metadata
    return { ...content, metadata: { name, namespace, labels, annotations } }
  })
  return Promise.all(read)
}

/** `gone` tells by which uninstall they went, and what they were. */
export function ownObjectsRestored(life: MeshLife, gone: () => { uninstall: Operation; written: object[] }): void {
  const { mesh, namespace, to, own, definitions, ownDefinitions } = life
  const chart = own?.chart
  if (chart === undefined) return

  it('has exported what went with its definitions: with them back, the file restores it', async () => {
    const { kwok, server } = life
    const { uninstall, written } = gone()
    const artifacts = `/api/v1/operations/${uninstall.id}/artifacts`
    const { items } = await server.get<Items<{ name: string }>>(artifacts)
    expect(items.map(({ name }) => name)).toMatchObject([expect.stringMatching(new RegExp(`^${mesh}-.*yaml$`))])
    const headers = { authorization: `Bearer ${server.token}` }
    const file = await (await fetch(`${server.url}${artifacts}/${items[0]?.name}`, { headers })).text()
    const packed = join(findShared() ?? '', 'charts', `${chart}-${to}.tgz`)
    await kwok.helm(['install', chart, packed, `--namespace=${namespace}`, '--create-namespace'])
    expect(await ownDefinitions()).toHaveLength(definitions.to)
    await kwok.kubectl(['apply', '--server-side', '--filename=-'], { input: file })
    expect(await readOwnObjects(life)).toEqual(written)
    await kwok.helm(['uninstall', chart, `--namespace=${namespace}`, '--wait'])
  })
}
