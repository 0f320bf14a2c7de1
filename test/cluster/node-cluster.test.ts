import { existsSync } from 'node:fs'
import { dirname } from 'node:path'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { clusterTest } from './cluster-test.js'
import { applyEchoApplication, type EchoApplication } from './meshes/echo-application.js'
import { type NodeCluster, startNodeCluster } from './node-cluster.js'
import { startClusterProcess } from './support/cluster-process.js'
import { pidNamespace, processesInNamespace, processesMentioning } from './support/host-processes.js'
import { type HostState, instanceNames, readHostState } from './support/host-state.js'

const describe = clusterTest('node', import.meta.url)

describe('a cluster with a node', () => {
  let before: HostState
  let cluster: NodeCluster
  let application: EchoApplication
  beforeAll(async () => {
    before = await readHostState()
    cluster = await startNodeCluster()
    application = await applyEchoApplication(cluster)
  }, 120_000)
  afterAll(() => cluster.stop())

  it('has a Ready node', async () => {
    const ready = '{.items[*].status.conditions[?(@.type=="Ready")].status}'
    expect(await cluster.kubectl(['get', 'nodes', `--output=jsonpath=${ready}`])).toBe('True')
  })

  it('answers a pod through a Service by its DNS name', async () => {
    await vi.waitFor(async () => expect(await application.call(20)).toEqual({ '200 v1': 20 }), 20_000)
  })

  it('says at once that a name outside the cluster does not exist', async () => {
    const lookUp = ['exec', 'deployment/client', '--namespace=member', '--', 'sh', '-c', 'nslookup example.com || true']
    expect(await cluster.kubectl(lookUp, { timeoutMs: 5000 })).toContain('NXDOMAIN')
  })

  it('lets the host reach Services', async () => {
    const address = await cluster.kubectl(['get', 'service/echo', '--namespace=member', '--output=jsonpath={.spec.clusterIP}'])
    await vi.waitFor(async () => {
      const response = await fetch(`http://${address}:8080/from-host`)
      expect(await response.json()).toMatchObject({ version: 'v1', path: '/from-host' })
    }, 20_000)
  })

  it('records what the parts of the cluster ask of the API server', async () => {
    const users = new Set((await cluster.auditEvents()).map((event) => event.user.username))
    expect([...users]).toEqual(expect.arrayContaining(['admin', 'system:node:node1', 'system:kube-scheduler']))
  })

  it('runs beside another one, which ends completely when its test process is killed', async () => {
    const alone = await readHostState(instanceNames(cluster))
    const { process, up } = await startClusterProcess('node')
    const own = [...instanceNames(cluster), ...instanceNames(up)]
    const folder = dirname(up.kubeconfig)
    const both = await readHostState(own)
    for (const kind of ['links', 'routes', 'cgroups'] as const) expect(both[kind].length).toBeGreaterThan(alone[kind].length)

    process.kill('SIGKILL')
    await vi.waitFor(async () => {
      expect(processesMentioning(folder)).toEqual([])
      expect(existsSync(folder)).toBe(false)
      expect(await readHostState(own)).toEqual(alone)
    }, 20_000)
    expect(await application.call(1)).toEqual({ '200 v1': 1 })
  }, 120_000)

  it('leaves nothing behind after stop', async () => {
    const own = instanceNames(cluster)
    const folder = dirname(cluster.kubeconfig)
    const namespace = pidNamespace(cluster.pidOf('kubelet')) ?? ''
    const during = await readHostState(own)
    for (const kind of ['links', 'routes', 'cgroups'] as const) expect(during[kind].length).toBeGreaterThan(before[kind].length)
    expect(processesInNamespace(namespace).length).toBeGreaterThan(10)

    await cluster.stop()
    expect(processesInNamespace(namespace)).toEqual([])
    expect(processesMentioning(folder)).toEqual([])
    expect(existsSync(folder)).toBe(false)
    expect(await readHostState(own)).toEqual(before)
  })
})
