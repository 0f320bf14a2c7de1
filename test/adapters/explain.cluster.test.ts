import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { istioCatalog } from '../../adapters/istio/istio-catalog.js'
import { linkerdCatalog } from '../../adapters/linkerd/linkerd-catalog.js'
import type { Catalog } from '../../adapters/runtime/catalog.js'
import { openClusterSession } from '../../adapters/runtime/cluster-session.js'
import { explainPod } from '../../adapters/runtime/explain/explain-pod.js'
import type { Grant } from '../../proto/gen/meshwright/adapter/v1/adapter.js'
import { clusterTest } from '../cluster/cluster-test.js'
import type { TestCluster } from '../cluster/test-cluster.js'
import { eventually } from '../support/eventually.js'
import { grantFor, startGrantedCluster } from './cluster-grant.js'

// What the simulated cluster cannot show: a real dry run, with a webhook whose backend is absent.
clusterTest('api', import.meta.url)('why a pod is in a mesh or not, on a real API server', () => {
  let api: TestCluster
  let grant: Grant
  let folder: string

  beforeAll(async () => {
    ;({ cluster: api, grant } = await startGrantedCluster())
    folder = await mkdtemp(join(tmpdir(), 'mw-explain-'))
    await apply(
      ...['shop', 'quiet', 'open'].map((name) => namespaceYaml(name)),
      workloadYaml('shop'),
      workloadYaml('quiet'),
      workloadYaml('open'),
    )
    await eventually(podNames, (names) => names.length === 3)
    // Pods first: the injector came later, and nobody answers it.
    await apply(webhookYaml('istio-sidecar-injector', { label: 'istio-injection', value: 'enabled', policy: 'Fail' }))
    await apply(webhookYaml('istio-sidecar-injector-soft', { label: 'istio-injection', value: 'soft', policy: 'Ignore' }))
    await api.kubectl(['label', 'namespace', 'shop', 'istio-injection=enabled'])
    await api.kubectl(['label', 'namespace', 'open', 'istio-injection=soft'])
  })
  afterAll(async () => {
    await api?.stop()
    await rm(folder, { recursive: true, force: true })
  })

  const apply = (...manifests: string[]) => api.kubectl(['apply', '--filename=-'], { input: manifests.join('\n---\n') })
  const podNames = async () =>
    (await api.kubectl(['get', 'pods', '--selector=app=web', '--all-namespaces', '--output=name'])).split('\n').filter(Boolean)
  const listing = () =>
    api.kubectl([
      'get',
      'pods,replicasets,deployments',
      '--all-namespaces',
      '--output=custom-columns=K:.kind,N:.metadata.name,V:.metadata.resourceVersion',
    ])
  const explain = async (namespace: string, { as = grant, catalog = istioCatalog }: { as?: Grant; catalog?: Catalog } = {}) => {
    const { signal } = new AbortController()
    await using session = await openClusterSession({ grant: as, workDir: folder, name: `explain-${Math.random()}`, signal })
    const answer = await explainPod({ session, catalog, signal }, { namespace, pod: '', workload: 'Deployment/web' })
    return { ...answer, reason: (code: string) => answer.reasons.find((each) => each.code === code) }
  }

  it('says that a pod would be refused while nobody answers a webhook that fails closed, in the words of the API server, and changes nothing', async () => {
    const before = await listing()
    const { verdict, summary, reason } = await explain('shop')
    expect([verdict, summary]).toEqual(['refused', expect.stringMatching(/^Pod shop\/web-\S+ would be refused if it were made anew\.$/)])
    expect(reason('webhook-asked')?.cause).toContain('failure policy is Fail')
    expect(reason('backend-away')?.message).toContain('new pods are refused (failure policy Fail)')
    expect(reason('dry-run-refused')?.cause).toMatch(
      /failed calling webhook "istio-sidecar-injector\.example\.com".*service "istiod" not found/,
    )
    expect(reason('pod-out')).toBeDefined()
    expect(await listing()).toBe(before)
  })

  it('says that a pod would start without a sidecar where the webhook fails open', async () => {
    const { verdict, reason } = await explain('open')
    expect(verdict).toBe('not-in-mesh')
    expect(reason('backend-away')?.message).toContain('new pods start without a sidecar (failure policy Ignore)')
    expect(reason('dry-run-nothing')).toBeDefined()
  })

  it('names the label that is missing, and a mesh that has no injector at all', async () => {
    const quiet = await explain('quiet')
    expect(quiet.verdict).toBe('not-in-mesh')
    expect(quiet.reason('webhook-not-asked')?.cause).toContain('label istio-injection is not set on namespace quiet')
    expect((await explain('quiet', { catalog: linkerdCatalog })).reason('no-injector')?.message).toBe(
      'There is no injector of Linkerd in this cluster.',
    )
  })

  it('says what it could not see or try with the rights of the connection', async () => {
    await api.kubectl(['create', 'rolebinding', 'view', '--clusterrole=view', '--serviceaccount=quiet:default', '--namespace=quiet'])
    await api.kubectl(['create', 'clusterrole', 'see-namespaces', '--verb=get', '--resource=namespaces'])
    await api.kubectl(['create', 'clusterrolebinding', 'see', '--clusterrole=see-namespaces', '--serviceaccount=quiet:default'])
    const { verdict, reason } = await explain('quiet', { as: await grantFor(api, 'quiet', ['quiet']) })
    expect(verdict).toBe('not-in-mesh')
    expect(reason('injectors-unknown')).toBeDefined()
    expect(reason('dry-run-unknown')?.cause).toContain('cannot create resource "pods"')
  })
})

const namespaceYaml = (name: string) => `{ apiVersion: v1, kind: Namespace, metadata: { name: ${name} } }`

function workloadYaml(namespace: string): string {
  return `
apiVersion: apps/v1
kind: Deployment
metadata: { name: web, namespace: ${namespace} }
spec:
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec: { containers: [{ name: app, image: "example.com/app:1" }] }`
}

function webhookYaml(name: string, { label, value, policy }: { label: string; value: string; policy: 'Fail' | 'Ignore' }): string {
  return `
apiVersion: admissionregistration.k8s.io/v1
kind: MutatingWebhookConfiguration
metadata: { name: ${name} }
webhooks:
  - name: ${name}.example.com
    admissionReviewVersions: [v1]
    sideEffects: None
    failurePolicy: ${policy}
    clientConfig: { service: { namespace: istio-system, name: istiod } }
    namespaceSelector: { matchLabels: { ${label}: ${value} } }
    rules: [{ operations: [CREATE], apiGroups: [""], apiVersions: [v1], resources: [pods] }]`
}
