import { createHash } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Cluster } from '../../contract/cluster.js'
import type { Operation, OperationArtifact } from '../../contract/operation.js'
import type { Plan } from '../../contract/plan.js'
import type { KubeObject } from '../../kube/kube-object.js'
import { startApiCluster } from '../cluster/api-cluster.js'
import { clusterTest } from '../cluster/cluster-test.js'
import type { TestCluster } from '../cluster/test-cluster.js'
import { runCli } from '../support/run-cli.js'
import { type RunningServer, startServer, waitFor } from '../support/running-server.js'

const describe = clusterTest('api', import.meta.url)

// Values that YAML 1.1, which kubectl reads, takes for something else when they stand without quotes.
const trickyLabels = { on: 'on', mode: '0755', time: '1.30', empty: '' }

const routes = `
apiVersion: v1
kind: Namespace
metadata: {name: shop}
---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: edge, namespace: shop}
spec: {gatewayClassName: nobody, listeners: [{name: http, port: 80, protocol: HTTP}]}
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: web, namespace: shop, labels: {"on": "on", mode: "0755", time: "1.30", empty: ""}, annotations: {note: "1:30"}}
spec:
  parentRefs: [{name: edge}]
  hostnames: [shop.example.com]
  rules:
  - matches: [{path: {type: PathPrefix, value: /}, headers: [{name: beta, value: "yes"}]}]
    backendRefs: [{name: web, port: 8080}]
`

describe('The Gateway API, from its first bundle to its last object', () => {
  let api: TestCluster
  let server: RunningServer
  let cluster: Cluster
  let folder: string

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'mw-gateway-'))
    api = await startApiCluster()
    server = await startServer()
    cluster = await server.post<Cluster>('/api/v1/clusters', { name: 'api', kubeconfig: api.kubeconfigText })
  })
  afterAll(async () => {
    await server?.stop()
    await api?.stop()
    await rm(folder, { recursive: true, force: true })
  })

  const act = (action: string, version?: string) => ({ cluster: cluster.id, mesh: 'gateway-api', action, ...(version ? { version } : {}) })
  const planned = async (body: object) => {
    const { id } = await server.post<Plan>('/api/v1/plans', body)
    return waitFor(
      () => server.get<Plan>(`/api/v1/plans/${id}`),
      ({ state }) => state !== 'planning',
    )
  }
  const done = async (body: object, confirm: string[] = []) => {
    const plan = await planned(body)
    expect(plan).toMatchObject({ state: 'ready' })
    const { id } = await server.post<Operation>('/api/v1/operations', { plan: plan.id, confirm })
    const operation = await waitFor(
      () => server.get<Operation>(`/api/v1/operations/${id}`),
      ({ state }) => ['succeeded', 'failed', 'cancelled'].includes(state),
    )
    expect(operation).toMatchObject({ state: 'succeeded', outcome: { world: 'clean' } })
    return { plan, operation }
  }
  const apply = async (text: string) => {
    const file = join(folder, 'objects.yaml')
    await writeFile(file, text)
    await api.kubectl(['apply', '-f', file])
  }
  const wishes = async () => {
    const { items }: { items: KubeObject[] } = JSON.parse(await api.kubectl(['get', 'gateways,httproutes', '-A', '-o', 'json']))
    return items.map(({ apiVersion, kind, metadata: { name, namespace, labels, annotations }, ...object }) => {
      const { 'kubectl.kubernetes.io/last-applied-configuration': _applied, ...kept } = annotations ?? {}
      return { apiVersion, kind, name, namespace, labels, annotations: kept, spec: object.spec }
    })
  }
  const channelOf = () => api.kubectl(['get', 'crd', 'httproutes.gateway.networking.k8s.io', '-o', 'jsonpath={.metadata.annotations}'])

  it('installs an older bundle, and upgrades it with its objects in place', async () => {
    await done(act('install', '1.2.1'))
    expect(await channelOf()).toContain('"gateway.networking.k8s.io/bundle-version":"v1.2.1"')
    await apply(routes)
    const before = await wishes()
    expect(before.map(({ kind }) => kind)).toEqual(['Gateway', 'HTTPRoute'])
    const { plan } = await done(act('upgrade', '1.6.1'))
    expect(plan.confirmations).toEqual([])
    expect(plan.steps.map(({ key }) => key)).toEqual(['definitions', 'served', 'policy'])
    expect(await channelOf()).toContain('"gateway.networking.k8s.io/bundle-version":"v1.6.1"')
    expect(await api.kubectl(['get', 'validatingadmissionpolicybindings', '-o', 'name'])).toContain('safe-upgrades')
    expect(await wishes()).toEqual(before)
  })

  it('refuses to go back to an older bundle', async () => {
    const plan = await planned(act('upgrade', '1.5.1'))
    expect(plan.findings.find(({ code }) => code === 'downgrade-refused')).toMatchObject({
      severity: 'error',
      message: 'The Gateway API in this cluster is 1.6.1, which is newer than 1.5.1.',
    })
    const started = await server.call<{ code: string }>('POST', '/api/v1/operations', { plan: plan.id, confirm: true })
    expect(started.body.code).toBe('plan-refused')
  })

  it('deletes nothing without a yes to what is lost, which it counts and names', async () => {
    const plan = await planned(act('uninstall'))
    const [confirmation, ...others] = plan.confirmations
    expect(others).toEqual([])
    expect(confirmation).toMatchObject({ code: 'definitions-lost', destructive: true })
    expect(confirmation?.text).toContain('The 10 definitions of the Gateway API are deleted')
    expect(confirmation?.text).toContain('They came with: 10 definitions from Meshwright.')
    expect(confirmation?.text).toContain('With them go 1 Gateway (shop/edge), 1 HTTPRoute (shop/web).')
    expect((await server.call('POST', '/api/v1/operations', { plan: plan.id, confirm: true })).status).toBe(409)
  })

  it('exports every object before it uninstalls, and the export restores the same objects', async () => {
    const before = await wishes()
    expect(before[1]?.labels).toEqual(trickyLabels)
    const { operation } = await done(act('uninstall'), ['definitions-lost'])
    expect(await api.kubectl(['get', 'crd', '-o', 'name'])).toBe('')
    expect(await api.kubectl(['get', 'validatingadmissionpolicies', '-o', 'name'])).toBe('')

    const path = `/api/v1/operations/${operation.id}/artifacts`
    const [artifact] = (await server.get<{ items: OperationArtifact[] }>(path)).items
    expect(artifact).toMatchObject({
      name: expect.stringMatching(/^gateway-api-objects-\d{8}T\d{6}Z\.yaml$/),
      mediaType: 'application/yaml',
    })
    const response = await fetch(`${server.url}${path}/${artifact?.name}`, { headers: { authorization: `Bearer ${server.token}` } })
    const text = await response.text()
    expect(response.headers.get('content-disposition')).toBe(`attachment; filename="${artifact?.name}"`)
    expect(createHash('sha256').update(text).digest('hex')).toBe(artifact?.sha256)
    expect(text).not.toMatch(/resourceVersion|managedFields|uid:|creationTimestamp|^status:/m)

    await done(act('install', '1.6.1'))
    await apply(text)
    expect(await wishes()).toEqual(before)
  })

  it('gives the export to the command line as well', async () => {
    const { operation } = await done(act('uninstall'), ['definitions-lost'])
    const cli = (...argv: string[]) => runCli(argv, { dataDir: server.dataDir })
    const listed = await cli('operation', 'artifact', operation.id, '-o', 'name')
    const name = listed.stdout.trim().replace('artifact/', '')
    const file = join(folder, 'export.yaml')
    expect(await cli('operation', 'artifact', operation.id, name, '--to', file)).toMatchObject({ exitCode: 0 })
    expect(await readFile(file, 'utf8')).toContain('kind: HTTPRoute')
    expect((await cli('operation', 'artifact', operation.id, name, '--to', file)).stderr).toContain(
      'Choose a file that does not exist yet.',
    )
  })
})
