import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type NodeCluster, startNodeCluster } from '../node-cluster.js'
import { istioImages, istioValues } from './istio-values.js'
import { applyMemberApplication } from './member-application.js'

// By hand: npx tsx test/cluster/istio/verify-istio.ts. Installs Istio from its own charts with helm, without any part of the product,
// and shows that the binaries, images and values of the test bed make a mesh that works. The product's main flow test does it through the product.
const repository = fileURLToPath(new URL('../../..', import.meta.url))
const charts = join(repository, process.env.MESHWRIGHT_TEST_SHARED ?? '../shared', 'charts')
const start = performance.now()

await using cluster = await startNodeCluster({ images: istioImages })
print('node up')
await installComponents(cluster)
const application = await applyMemberApplication(cluster)
print('member application ready')
await checkMesh(cluster)

async function installComponents(cluster: NodeCluster): Promise<void> {
  const components = [
    { release: 'istio-base', chart: 'base', namespace: 'istio-system' },
    { release: 'istiod', chart: 'istiod', namespace: 'istio-system' },
    { release: 'istio-ingress', chart: 'gateway', namespace: 'istio-ingress' },
  ] as const
  for (const { release, chart, namespace } of components) {
    const flags = [`--namespace=${namespace}`, '--create-namespace', '--wait', '--timeout=75s', '--values=-']
    const values = JSON.stringify(istioValues[chart])
    await cluster.helm(['install', release, join(charts, `${chart}-1.30.3.tgz`), ...flags], { input: values, timeoutMs: 90_000 })
    print(`${release} installed`)
  }
}

async function checkMesh(cluster: NodeCluster): Promise<void> {
  const containers = '{.items[*].spec.initContainers[*].name}'
  const pods = await cluster.kubectl(['get', 'pods', '--namespace=member', '--selector=app=echo', `--output=jsonpath=${containers}`])
  if (!pods.split(' ').includes('istio-proxy')) throw new Error(`no sidecar in the echo pod, only: ${pods}`)
  print(`sidecar injected (${pods})`)

  const strict = {
    apiVersion: 'security.istio.io/v1',
    kind: 'PeerAuthentication',
    metadata: { name: 'default', namespace: 'istio-system' },
  }
  await cluster.kubectl(['apply', '--filename=-'], { input: JSON.stringify({ ...strict, spec: { mtls: { mode: 'STRICT' } } }) })
  const counts = await application.call(20)
  if (!/^ +20 {2}200 v1$/m.test(counts)) throw new Error(`not 20 good answers within the mesh:\n${counts}`)
  print('20 of 20 calls within the mesh answered')

  const proxy = ['exec', 'deployment/echo-v1', '--namespace=member', '--container=app', '--', 'curl', '-s']
  const stats = await cluster.kubectl([...proxy, 'http://localhost:15000/stats?usedonly'])
  const rejected = stats.split('\n').filter((line) => /[cl]ds\.update_rejected: [1-9]/.test(line))
  if (rejected.length > 0) throw new Error(`Envoy refused configuration: ${rejected.join(', ')}`)
  print('Envoy refused no configuration')
}

function print(line: string): void {
  process.stdout.write(`${((performance.now() - start) / 1000).toFixed(1).padStart(6)} s  ${line}\n`)
}
