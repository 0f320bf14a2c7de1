import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Cluster } from '../../contract/cluster.js'
import type { Plan } from '../../contract/plan.js'
import { clusterTest } from '../cluster/cluster-test.js'
import { startKwokCluster } from '../cluster/kwok-cluster.js'
import { runOperation, startMeshServer } from '../cluster/meshes/with-mesh.js'
import type { TestCluster } from '../cluster/test-cluster.js'
import { type RunningServer, waitFor } from '../support/running-server.js'

const describe = clusterTest('kwok', import.meta.url)

// A real API server judges who may do what; the pods only look as if they ran.
describe('a connection that may not do everything', () => {
  let kwok: TestCluster
  let server: RunningServer
  let half: Cluster

  beforeAll(async () => {
    kwok = await startKwokCluster({ webhooks: 'left-out' })
    server = await startMeshServer()
    const all = await server.post<Cluster>('/api/v1/clusters', { name: 'all', kubeconfig: kwok.kubeconfigText })
    await kwok.kubectl(['create', 'namespace', 'shop'])
    await kwok.kubectl(['create', 'deployment', 'web', '--namespace=shop', '--image=example.com/web:1'])
    await kwok.kubectl(['apply', '--filename=-'], { input: JSON.stringify({ apiVersion: 'v1', kind: 'List', items: rights }) })
    await runOperation(server, { cluster: all.id, mesh: 'istio', action: 'install', version: '1.29.6', confirm: true })
    half = await server.post<Cluster>('/api/v1/clusters', { name: 'half', kubeconfig: await kwok.clientFor({ user: 'half' }) })
  })
  afterAll(async () => {
    await server?.stop()
    await kwok?.stop()
  })

  /** What refuses the plan, with what it says. */
  const refusals = async (request: object) => {
    const { id } = await server.post<Plan>('/api/v1/plans', { cluster: half.id, mesh: 'istio', ...request })
    const plan = await waitFor(
      () => server.get<Plan>(`/api/v1/plans/${id}`),
      ({ state }) => state !== 'planning',
    )
    expect(plan.state, JSON.stringify(plan.findings)).toBe('refused')
    return plan.findings
      .filter(({ severity }) => severity === 'error')
      .map(({ code, message, cause }) => `${code}: ${message} ${cause ?? ''}`)
  }

  it.each([
    [{ action: 'upgrade', version: '1.30.3' }, 'patch deployments.apps in namespace istio-system'],
    [{ action: 'canary', version: '1.30.3' }, 'create deployments.apps in namespace istio-system'],
    [
      { action: 'install-add-on', params: { addOns: ['prometheus'] } },
      'create clusterroles.rbac.authorization.k8s.io in the whole cluster',
    ],
    [{ action: 'uninstall' }, 'delete deployments.apps in namespace istio-system'],
  ])('is told by the plan of $action which right it lacks, before anything happens', async (request, right) => {
    const said = await refusals(request)
    expect(said.join('\n')).toContain(`permission-missing: The cluster connection may not ${right}.`)
  })

  it('is told by the plan of a join which workload it may not restart', async () => {
    const [said = '', ...more] = await refusals({ action: 'join', params: { namespaces: ['shop'] } })
    expect(more).toEqual([])
    expect(said).toContain('object-refused: The API server refuses Deployment shop/web.')
    expect(said).toContain('User "half" cannot patch resource "deployments" in API group "apps" in the namespace "shop"')
  })
})

const rights = [
  {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRole',
    metadata: { name: 'half' },
    rules: [
      { apiGroups: ['*'], resources: ['*'], verbs: ['get', 'list', 'watch'] },
      {
        apiGroups: ['', 'apiextensions.k8s.io', 'admissionregistration.k8s.io', 'autoscaling', 'policy'],
        resources: ['*'],
        verbs: ['*'],
      },
    ],
  },
  {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRoleBinding',
    metadata: { name: 'half' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'half' },
    subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'half' }],
  },
]
