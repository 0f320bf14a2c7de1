import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { startApiCluster } from './api-cluster.js'
import { clusterTest } from './cluster-test.js'
import { startKwokCluster } from './kwok-cluster.js'
import { startClusterProcess } from './support/cluster-process.js'
import { pidsMentioning, processesMentioning, programOf } from './support/host-processes.js'
import type { TestCluster } from './test-cluster.js'

const describe = clusterTest('api', import.meta.url)

describe('a cluster without nodes', () => {
  let cluster: TestCluster
  beforeAll(async () => {
    cluster = await startApiCluster()
  }, 60_000)
  afterAll(() => cluster.stop())

  it('is a real API server with its controllers', async () => {
    const version = JSON.parse(await cluster.kubectl(['get', '--raw', '/version']))
    expect(version.gitVersion).toBe('v1.36.3')
    await cluster.kubectl(['create', 'namespace', 'fresh'])
    await cluster.kubectl(['wait', '--for=create', 'serviceaccount/default', '--namespace=fresh', '--timeout=20s'])
  })

  it('gives other users only what RBAC grants them', async () => {
    const user = 'dora'
    await cluster.kubectl(['create', 'namespace', 'granted'])
    await cluster.kubectl(['create', 'rolebinding', 'editors', '--clusterrole=edit', '--group=team', '--namespace=granted'])
    const kubeconfig = join(dirname(cluster.kubeconfig), 'dora.kubeconfig')
    await writeFile(kubeconfig, await cluster.clientFor({ user, groups: ['team'] }))
    const asDora = (...argv: string[]) => cluster.kubectl([`--kubeconfig=${kubeconfig}`, ...argv])

    expect(await asDora('auth', 'whoami', '--output=jsonpath={.status.userInfo.username}')).toBe(user)
    expect(await asDora('create', 'configmap', 'mine', '--namespace=granted')).toContain('created')
    await expect(asDora('create', 'configmap', 'other', '--namespace=default')).rejects.toThrow(/forbidden/i)
  })

  it('refuses a client that its authority has not certified', async () => {
    await using other = await startApiCluster()
    const config = JSON.parse(await other.clientFor({ user: 'admin', groups: ['system:masters'] }))
    config.clusters = JSON.parse(cluster.kubeconfigText).clusters
    const kubeconfig = join(dirname(cluster.kubeconfig), 'stranger.kubeconfig')
    await writeFile(kubeconfig, JSON.stringify(config))
    await expect(cluster.kubectl([`--kubeconfig=${kubeconfig}`, 'get', 'namespaces'])).rejects.toThrow(/unauthorized|logged in/i)
  })

  it('has every request in its audit log by the time of the answer', async () => {
    await cluster.kubectl(['create', 'configmap', 'audited', '--namespace=default'])
    const events = await cluster.auditEvents()
    const created = events.filter((event) => event.verb === 'create' && event.objectRef?.name === 'audited')
    expect(created).toEqual([
      expect.objectContaining({ stage: 'ResponseComplete', responseStatus: expect.objectContaining({ code: 201 }) }),
    ])
    expect(created[0]?.user.username).toBe('admin')
  })

  it('runs helm', async () => {
    expect(await cluster.helm(['list', '--all-namespaces', '--output=json'])).toBe('[]')
  })
})

describe.each([
  ['api', startApiCluster, ['etcd', 'keeper', 'kube-apiserver', 'kube-controller-manager']],
  ['kwok', startKwokCluster, ['etcd', 'keeper', 'kube-apiserver', 'kube-controller-manager', 'kube-scheduler', 'kwok']],
] as const)('the end of a cluster without nodes: %s', (level, start, programs) => {
  it('leaves no process and no folder after stop', async () => {
    const cluster = await start()
    const folder = dirname(cluster.kubeconfig)
    expect(pidsMentioning(folder).map(programOf).sort()).toEqual(programs)
    await cluster.stop()
    await cluster.stop()
    expect(processesMentioning(folder)).toEqual([])
    expect(existsSync(folder)).toBe(false)
  }, 60_000)

  it('comes with the sudden end of the test process', async () => {
    const { process, up } = await startClusterProcess(level)
    const folder = dirname(up.kubeconfig)
    expect(pidsMentioning(folder).map(programOf).sort()).toEqual(programs)
    process.kill('SIGKILL')
    await vi.waitFor(() => {
      expect(processesMentioning(folder)).toEqual([])
      expect(existsSync(folder)).toBe(false)
    }, 10_000)
  }, 60_000)
})

describe('a cluster without nodes that does not come up', () => {
  it('is reported with the reason when a process ends during the start', async () => {
    const start = startApiCluster({ apiServerFlags: ['--authorization-mode=Nonsense'] })
    await expect(start).rejects.toThrow(/kube-apiserver ended with 1.*Nonsense/s)
  }, 60_000)
})
