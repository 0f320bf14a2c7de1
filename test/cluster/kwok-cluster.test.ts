import { join } from 'node:path'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { findShared } from '../support/missing-tool.js'
import { toolPath } from './binaries/tool-path.js'
import { clusterTest } from './cluster-test.js'
import { fakeAdmissionPath } from './kwok/fake-admission.js'
import { startKwokCluster } from './kwok-cluster.js'
import { runCommand } from './run-command.js'
import type { TestCluster } from './test-cluster.js'

const describe = clusterTest('kwok', import.meta.url)
const describeHelm3 = clusterTest('helm3', import.meta.url)
const charts = join(findShared() ?? '', 'charts')

let cluster: TestCluster
beforeAll(async () => {
  cluster = await startKwokCluster()
})
afterAll(() => cluster?.stop())

const apply = (...items: object[]) =>
  cluster.kubectl(['apply', '--filename=-'], { input: JSON.stringify({ apiVersion: 'v1', kind: 'List', items }) })
const read = (...argv: string[]) => cluster.kubectl(['get', ...argv])

describe('a cluster whose pods only look as if they ran', () => {
  it('runs Deployments and binds the claims of StatefulSets', async () => {
    await apply(workload('Deployment', 'web'), workload('StatefulSet', 'store'))
    await cluster.kubectl(['rollout', 'status', 'deployment/web', 'statefulset/store', '--timeout=30s'])
    expect(await read('pods', '--output=jsonpath={.items[*].status.phase} {.items[*].spec.nodeName}')).toBe(
      'Running Running fake-node fake-node',
    )
    expect(await read('persistentvolumeclaims', '--output=jsonpath={.items[*].status.phase}')).toBe('Bound')
  })

  it('keeps its node alive by a lease', async () => {
    const lease = ['lease/fake-node', '--namespace=kube-node-lease', '--output=jsonpath={.spec.leaseDurationSeconds} {.spec.renewTime}']
    const first = await vi.waitFor(() => read(...lease), 20_000)
    expect(first).toMatch(/^40 \d{4}-/)
    await vi.waitFor(async () => expect(await read(...lease)).not.toBe(first), 40_000)
  })

  it('marks Jobs as done', async () => {
    const template = { spec: { restartPolicy: 'Never', containers: [container] } }
    await apply({ apiVersion: 'batch/v1', kind: 'Job', metadata: { name: 'once' }, spec: { template } })
    await cluster.kubectl(['wait', '--for=condition=complete', 'job/once', '--timeout=30s'])
  })

  it('lets a fake answer for webhooks that have no backend, and says so', async () => {
    await apply(refusingWebhook)
    const where = ['validatingwebhookconfigurations', 'no-backend', '--output=jsonpath={.webhooks[0].clientConfig.url}']
    await vi.waitFor(async () => expect(await read(...where)).toContain(fakeAdmissionPath), 20_000)
    await vi.waitFor(() => apply({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'watched' } }), 20_000)
  })

  it.each([
    { release: 'istio-base', chart: 'base-1.30.3', namespace: 'istio-system', pods: 0, values: {} },
    { release: 'istiod', chart: 'istiod-1.30.3', namespace: 'istio-system', pods: 1, values: {} },
    { release: 'kuma', chart: 'kuma-2.14.3', namespace: 'kuma-system', pods: 1, values: {} },
    { release: 'consul', chart: 'consul-2.0.3', namespace: 'consul', pods: 3, values: {} },
  ])('has helm 4 install $chart and wait for it', async ({ release, chart, namespace, pods, values }) => {
    await install((argv, options) => cluster.helm(argv, options), { release, chart, namespace, values })
    const phases = await read('pods', `--namespace=${namespace}`, '--field-selector=status.phase=Running', '--output=name')
    expect(phases.split('\n').filter(Boolean)).toHaveLength(pods)
  })
})

describeHelm3('helm 3 on such a cluster', () => {
  it('installs, and helm 4 reads its release', async () => {
    const helm3 = (argv: readonly string[], options: { input: string; timeoutMs: number }) =>
      runCommand([toolPath('helm3'), ...argv], { KUBECONFIG: cluster.kubeconfig, HOME: join(cluster.logs, 'helm3') }, options)
    await install(helm3, {
      release: 'linkerd-crds',
      chart: 'linkerd-crds-2026.8.3',
      namespace: 'linkerd',
      values: { installGatewayAPI: false },
    })
    const [release] = JSON.parse(await cluster.helm(['list', '--namespace=linkerd', '--output=json']))
    expect(release).toMatchObject({ name: 'linkerd-crds', status: 'deployed', chart: 'linkerd-crds-2026.8.3' })
  })
})

interface Release {
  readonly release: string
  readonly chart: string
  readonly namespace: string
  readonly values: object
}

async function install(
  helm: (argv: readonly string[], options: { input: string; timeoutMs: number }) => Promise<string>,
  { release, chart, namespace, values }: Release,
): Promise<void> {
  const flags = [`--namespace=${namespace}`, '--create-namespace', '--wait', '--timeout=90s', '--values=-']
  await helm(['install', release, join(charts, `${chart}.tgz`), ...flags], { input: JSON.stringify(values), timeoutMs: 100_000 })
}

const container = { name: 'app', image: 'localhost/nobody-has-this:1' }

function workload(kind: 'Deployment' | 'StatefulSet', name: string): object {
  const labels = { app: name }
  const spec = { selector: { matchLabels: labels }, template: { metadata: { labels }, spec: { containers: [container] } } }
  const claim = { metadata: { name: 'data' }, spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } } }
  const stateful = { serviceName: name, volumeClaimTemplates: [claim] }
  return { apiVersion: 'apps/v1', kind, metadata: { name }, spec: { ...spec, ...(kind === 'StatefulSet' ? stateful : {}) } }
}

const refusingWebhook = {
  apiVersion: 'admissionregistration.k8s.io/v1',
  kind: 'ValidatingWebhookConfiguration',
  metadata: { name: 'no-backend' },
  webhooks: [
    {
      name: 'no-backend.meshwright.test',
      clientConfig: { service: { namespace: 'default', name: 'nobody' } },
      rules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['configmaps'] }],
      failurePolicy: 'Fail',
      sideEffects: 'None',
      admissionReviewVersions: ['v1'],
    },
  ],
}
