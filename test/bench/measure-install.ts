import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Cluster } from '../../contract/cluster.js'
import { istioImages, istioValues } from '../cluster/meshes/istio-values.js'
import { startMeshServer } from '../cluster/meshes/with-mesh.js'
import { type NodeCluster, startNodeCluster } from '../cluster/node-cluster.js'
import { findShared } from '../support/missing-tool.js'
import { residentMiB } from '../support/process-memory.js'
import type { RunningServer } from '../support/running-server.js'
import { timed } from './figures.js'
import { type PlannedInstall, planAndInstall } from './plan-and-install.js'

export interface InstallSamples {
  oursMs: number[]
  planMs: number[]
  byHandMs: number[]
  rssMb: number
}

const version = '1.30.3'
const releases = [
  { component: 'base', release: 'istio-base', chart: 'base', namespace: 'istio-system' },
  { component: 'istiod', release: 'istiod', chart: 'istiod', namespace: 'istio-system' },
  { component: 'gateway', release: 'istio-ingress', chart: 'gateway', namespace: 'istio-ingress' },
] as const

/**
 * Istio installed through us and by three `helm upgrade --install --wait` by hand, in turn on one node, so that both meet the same
 * noise. Ours is from the start of a finished plan to the outcome; the plan is told apart, because by hand there is none.
 */
export async function measureInstall(rounds: number): Promise<InstallSamples> {
  const charts = join(findShared() ?? '', 'charts')
  await using node = await startNodeCluster({ images: istioImages })
  await using server = await startMeshServer({ environment: { MESHWRIGHT_LOG_LEVEL: 'warn' } })
  const cluster = await server.post<Cluster>('/api/v1/clusters', { name: 'node', kubeconfig: node.kubeconfigText })
  const samples: InstallSamples = { oursMs: [], planMs: [], byHandMs: [], rssMb: 0 }
  // One round that is not counted: images are unpacked and the chart cache is filled.
  for (let round = 0; round <= rounds; round++) {
    const ours = async () => {
      const { planMs, installMs } = await installByUs(server, cluster)
      if (round > 0) samples.planMs.push(planMs)
      if (round > 0) samples.oursMs.push(installMs)
    }
    const byHand = async () => {
      const ms = await timed(() => installByHand(node, charts))
      if (round > 0) samples.byHandMs.push(ms)
    }
    for (const install of round % 2 === 0 ? [ours, byHand] : [byHand, ours]) {
      await install()
      samples.rssMb = residentMiB(server.pid)
      await removeIstio(node)
    }
    process.stdout.write(`round ${round} of ${rounds}: ${JSON.stringify(samples)}\n`)
  }
  return samples
}

function installByUs(server: RunningServer, { id: cluster }: Cluster): Promise<PlannedInstall> {
  const { base, istiod, gateway } = istioValues
  const components = { base: { values: base }, istiod: { values: istiod }, gateway: { enabled: true, values: gateway } }
  return planAndInstall(server, { cluster, mesh: 'istio', version, components })
}

async function installByHand(node: NodeCluster, charts: string): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'meshwright-bench-'))
  for (const { component, release, chart, namespace } of releases) {
    const values = join(folder, `${component}.json`)
    writeFileSync(values, JSON.stringify(istioValues[component]))
    const archive = join(charts, `${chart}-${version}.tgz`)
    await node.helm([
      'upgrade',
      '--install',
      release,
      archive,
      '--namespace',
      namespace,
      '--create-namespace',
      '--values',
      values,
      '--wait',
    ])
  }
}

async function removeIstio(node: NodeCluster): Promise<void> {
  for (const { release, namespace } of releases.toReversed()) {
    await node.helm(['uninstall', release, '--namespace', namespace, '--ignore-not-found', '--wait'])
  }
  const namespaces = [...new Set(releases.map(({ namespace }) => namespace))]
  await node.kubectl(['delete', 'namespace', ...namespaces, '--ignore-not-found', '--wait'])
  const definitions = (await node.kubectl(['get', 'customresourcedefinitions', '--output=name']))
    .split('\n')
    .filter((name) => name.endsWith('.istio.io'))
  if (definitions.length > 0) await node.kubectl(['delete', ...definitions, '--wait'])
}
