import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Cluster } from '../../contract/cluster.js'
import type { Plan } from '../../contract/plan.js'
import type { Problem } from '../../contract/problem.js'
import { startApiCluster } from '../cluster/api-cluster.js'
import { clusterTest } from '../cluster/cluster-test.js'
import { startMeshServer } from '../cluster/meshes/with-mesh.js'
import type { TestCluster } from '../cluster/test-cluster.js'
import { listEverything } from '../support/list-everything.js'
import { findShared, isMissing } from '../support/missing-tool.js'
import { type RunningServer, waitFor } from '../support/running-server.js'

const describe = isMissing('shared') ? clusterTest('kwok', import.meta.url).skip : clusterTest('kwok', import.meta.url)

/** A repository of charts as helm's own index names them. */
interface Index {
  entries: Record<string, { version: string; digest: string; kubeVersion?: string }[]>
}

// A mirror of real charts with two faults: a package that is not the one of the index, and a version that is for old clusters only.
describe('an install that cannot come to anything', () => {
  let api: TestCluster
  let server: RunningServer
  let cluster: Cluster
  let mirror: string

  beforeAll(async () => {
    mirror = await mkdtemp(join(tmpdir(), 'mw-mirror-'))
    await cp(join(findShared() ?? '', 'charts'), mirror, { recursive: true })
    const index: Index = JSON.parse(await readFile(join(mirror, 'index.yaml'), 'utf8'))
    for (const chart of ['base', 'istiod']) {
      const listed = index.entries[chart] ?? []
      const newest = listed.find(({ version }) => version === '1.30.3')
      if (newest) listed.push({ ...newest, version: '1.30.9', kubeVersion: '< 1.30.0-0' })
    }
    for (const entry of index.entries.kuma ?? []) entry.digest = 'f'.repeat(64)
    await writeFile(join(mirror, 'index.yaml'), JSON.stringify(index))
    api = await startApiCluster()
    server = await startMeshServer({ environment: { MESHWRIGHT_CHART_MIRROR: mirror } })
    cluster = await server.post<Cluster>('/api/v1/clusters', { name: 'api', kubeconfig: api.kubeconfigText })
  })
  afterAll(async () => {
    await server?.stop()
    await api?.stop()
    await rm(mirror, { recursive: true, force: true })
  })

  const planOf = async (request: object) => {
    const before = await listEverything(api)
    const { id } = await server.post<Plan>('/api/v1/plans', { cluster: cluster.id, action: 'install', ...request })
    const plan = await waitFor(
      () => server.get<Plan>(`/api/v1/plans/${id}`),
      ({ state }) => state !== 'planning',
    )
    expect(await listEverything(api)).toEqual(before)
    const refusal = await server.call<Problem>('POST', '/api/v1/operations', { plan: id, confirm: true })
    expect(refusal.status).toBe(409)
    return plan
  }

  it('is refused where the chart refuses the values, in the words of its schema', async () => {
    const components = { gateway: { enabled: true, values: { service: { type: 7 }, repicaCount: 2 } } }
    const { state, findings } = await planOf({ mesh: 'istio', version: '1.30.3', components })
    expect(state).toBe('refused')
    const [refusal] = findings.filter(({ severity }) => severity === 'error')
    expect(refusal).toMatchObject({ code: 'values-refused', message: 'Chart gateway cannot be rendered.' })
    for (const words of ["'/service/type': got number, want string", "additional properties 'repicaCount' not allowed"])
      expect(refusal?.cause).toContain(words)
    expect(refusal?.remedy).toBe('Correct the values that the cause names, then plan again.')
  })

  it('is refused where a template of the chart fails, in its words', async () => {
    const components = { consul: { values: { global: { peering: { enabled: true } } } } }
    const { state, findings } = await planOf({ mesh: 'consul', version: '2.0.3', components })
    expect([state, findings.filter(({ severity }) => severity === 'error')]).toMatchObject([
      'refused',
      [{ code: 'values-refused', cause: expect.stringContaining('setting global.peering.enabled to true requires') }],
    ])
  })

  it('is refused on a cluster that is too new for the version, of which only the repository tells', async () => {
    await server.post('/api/v1/meshes/istio/versions/refresh', {})
    const { state, findings } = await planOf({ mesh: 'istio', version: '1.30.9' })
    expect([state, findings.filter(({ severity }) => severity === 'error')]).toMatchObject([
      'refused',
      [
        {
          code: 'kubernetes-unsupported',
          message: expect.stringMatching(/^Istio 1\.30\.9 needs Kubernetes < 1\.30\.0-0; this cluster runs 1\.\d+/),
        },
      ],
    ])
  })

  it('is refused where the package is not the one that was published', async () => {
    const { state, findings } = await planOf({ mesh: 'kuma', version: '2.14.3' })
    expect([state, findings.filter(({ severity }) => severity === 'error')]).toMatchObject([
      'refused',
      [{ code: 'chart-digest-mismatch', cause: expect.stringContaining(`the index says ${'f'.repeat(64)}`) }],
    ])
  })

  it('is not planned for a version that nobody knows, and told those that there are', async () => {
    const request = { cluster: cluster.id, mesh: 'linkerd', action: 'install', version: '9.9.9' }
    const answer = await server.call<Problem>('POST', '/api/v1/plans', request)
    expect(answer).toMatchObject({ status: 400, body: { title: 'Linkerd 9.9.9 is not in the catalogue.' } })
    expect(answer.body.remedy).toBe('Choose one of: 2026.8.3, 2026.6.3.')
  })
})
