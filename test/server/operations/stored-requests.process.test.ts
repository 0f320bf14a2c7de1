import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Cluster } from '../../../contract/cluster.js'
import type { Operation, OperationObjects } from '../../../contract/operation.js'
import { type RunningServer, startServer, waitFor } from '../../support/running-server.js'

const secret = 'hunter2-of-the-gossip'

describe('What a request holds that is secret', () => {
  let server: RunningServer
  let cluster: string

  beforeAll(async () => {
    server = await startServer({ environment: { MESHWRIGHT_OFFLINE: '1' } })
    cluster = (await server.post<Cluster>('/api/v1/clusters', { name: 'playground', sandbox: true })).id
  })
  afterAll(() => server?.stop())

  const run = async (request: object) => {
    const { id } = await server.post<Operation>('/api/v1/operations', { cluster, confirm: true, ...request })
    return waitFor(
      () => server.get<Operation>(`/api/v1/operations/${id}`),
      ({ state }) => ['succeeded', 'failed'].includes(state),
    )
  }
  const stored = async () => {
    const files = (await readdir(server.dataDir)).filter((name) => name.startsWith('meshwright.db'))
    const texts = await Promise.all(files.map((name) => readFile(join(server.dataDir, name), 'latin1')))
    return texts.join('\n')
  }

  it('reaches the cluster, and neither an answer of the API nor the file of the database', async () => {
    const data = Buffer.from(secret).toString('base64')
    const manifests = `apiVersion: v1\nkind: Secret\nmetadata: { name: gossip, namespace: default }\ndata: { key: ${data} }\n`
    const applied = await run({ mesh: 'kubernetes', action: 'apply-manifests', params: { manifests } })
    expect(applied).toMatchObject({ state: 'succeeded', request: { action: 'apply-manifests', params: {} } })
    const { requested } = await server.get<OperationObjects>(`/api/v1/operations/${applied.id}/objects`)
    expect(requested.map(({ object }) => object)).toMatchObject([{ kind: 'Secret', name: 'gossip' }])

    const values = { global: { hub: 'mirror.example.com' }, tracing: { accessToken: secret } }
    const installed = await run({ mesh: 'istio', action: 'install', version: '1.30.3', components: { istiod: { values } } })
    expect(installed).toMatchObject({
      state: 'succeeded',
      request: { components: { istiod: { values: { global: { hub: 'mirror.example.com' }, tracing: {} } } } },
    })

    const answers = await Promise.all(
      ['operations', 'events', `plans/${applied.plan}`, `plans/${installed.plan}`, `plans/${installed.plan}/objects`].map((path) =>
        server.get(`/api/v1/${path}`),
      ),
    )
    for (const text of [JSON.stringify(answers), await stored()]) {
      expect(text).toContain('apply-manifests')
      expect(text).not.toContain(secret)
      expect(text).not.toContain(data)
    }
  })
})
