import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import type { MeshVersion } from '../../../contract/mesh.js'
import { startServer } from '../../support/running-server.js'

const path = '/api/v1/meshes/istio/versions'
const entry = (chart: string) => ({ name: chart, version: '1.30.4', digest: 'd'.repeat(64), urls: [`${chart}-1.30.4.tgz`] })

it('lists versions that are newer than the catalogue once somebody has it look for them', async () => {
  const mirror = await mkdtemp(join(tmpdir(), 'mw-mirror-'))
  const charts = ['base', 'istiod']
  const index = { apiVersion: 'v1', entries: Object.fromEntries(charts.map((chart) => [chart, [entry(chart)]])) }
  await writeFile(join(mirror, 'index.yaml'), JSON.stringify(index))
  await using server = await startServer({ environment: { MESHWRIGHT_OFFLINE: '1', MESHWRIGHT_CHART_MIRROR: mirror } })

  const before = await server.get<{ items: MeshVersion[] }>(path)
  expect(before.items.map(({ version }) => version)).toEqual(['1.30.3', '1.29.6'])
  const { items } = await server.post<{ items: MeshVersion[] }>(`${path}/refresh`, {})
  expect(items.map(({ version }) => version)).toEqual(['1.30.4', '1.30.3', '1.29.6'])
  expect(items[0]?.marks.map(({ code }) => code)).toEqual(expect.arrayContaining(['not-in-catalogue', 'newest-patch']))
  expect(items[1]?.marks.map(({ code }) => code)).toContain('newer-patch')
  expect(await server.get(path)).toEqual({ items })
  await rm(mirror, { recursive: true })
})

it('says why it cannot look, and keeps the versions that it knows', async () => {
  await using server = await startServer({ environment: { MESHWRIGHT_OFFLINE: '1' } })
  const refused = await server.call('POST', `${path}/refresh`, {})
  expect(refused.status).toBeGreaterThanOrEqual(400)
  expect(refused.body).toMatchObject({ code: 'chart-not-found', cause: expect.stringContaining('MESHWRIGHT_OFFLINE') })
  expect((await server.get<{ items: MeshVersion[] }>(path)).items).toHaveLength(2)
})
