import { detectInstallations } from '../../server/inventory/detect-installations.js'
import type { PodProjection, WorkloadProjection } from '../../server/kubernetes/projections.js'
import { meshAdapters, meshDescriptions } from '../support/mesh-descriptions.js'
import { timed } from './figures.js'

const planes = [
  { mesh: 'istio', labels: { app: 'istiod', 'istio.io/rev': 'default' }, name: 'discovery', image: 'istio/pilot:1.30.3' },
  {
    mesh: 'linkerd',
    labels: { 'linkerd.io/control-plane-component': 'destination', 'linkerd.io/control-plane-ns': 'linkerd' },
    name: 'destination',
    image: 'cr.l5d.io/linkerd/controller:edge-26.8.3',
  },
  { mesh: 'kuma', labels: { app: 'kuma-control-plane' }, name: 'control-plane', image: 'docker.io/kumahq/kuma-cp:2.14.3' },
  {
    mesh: 'consul',
    labels: { app: 'consul', chart: 'consul-helm', component: 'server' },
    name: 'consul',
    image: 'hashicorp/consul:2.0.3',
  },
]

const sidecars = [
  { annotations: { 'sidecar.istio.io/status': '{}', 'istio.io/rev': 'default' }, name: 'istio-proxy', image: 'istio/proxyv2:1.30.3' },
  { annotations: { 'linkerd.io/proxy-version': 'edge-26.8.3' }, name: 'linkerd-proxy', image: 'cr.l5d.io/linkerd/proxy:edge-26.8.3' },
  { annotations: { 'kuma.io/sidecar-injected': 'true' }, name: 'kuma-sidecar', image: 'docker.io/kumahq/kuma-dp:2.14.3' },
  {
    annotations: { 'consul.hashicorp.com/connect-inject-status': 'injected' },
    name: 'consul-dataplane',
    image: 'hashicorp/consul-dataplane:2.0.3',
  },
]

/** Milliseconds to find four meshes among `pods` pods, of which every second has a sidecar of one of them. */
export async function measureDetection(pods: number, rounds: number): Promise<number[]> {
  const all = [
    ...planes.map(({ mesh, labels, name, image }, index) =>
      pod(index, { namespace: `${mesh}-system`, labels, container: { name, image } }),
    ),
    ...Array.from({ length: pods }, (_each, index) => applicationPod(index)),
  ]
  const picture = {
    ...{ cluster: 'c1', pods: all, podsKnown: true, isComplete: true },
    namespaces: Array.from({ length: 50 }, (_each, index) => ({ name: `team-${index}`, labels: {}, annotations: {}, phase: 'Active' })),
    workloads: Array.from({ length: pods / 5 }, (_each, index) => workload(index)),
    definitions: meshAdapters.flatMap(({ catalog }) => catalog.customResources.map((name) => ({ ...unmarked, name }))),
  }
  const samples: number[] = []
  for (let round = 0; round <= rounds; round++) {
    const ms = await timed(async () => {
      const found = detectInstallations(picture, { descriptions: meshDescriptions, observedAt: 0, simulated: false, isOurs: () => false })
      if (found.length !== planes.length) throw new Error(`found ${found.map(({ mesh }) => mesh).join(', ') || 'nothing'}`)
    })
    if (round > 0) samples.push(ms)
  }
  return samples
}

const unmarked = { labels: {}, annotations: {}, managers: ['kubectl-client-side-apply'] }

/** One of the Deployments that the applications' pods are of. */
function workload(index: number): WorkloadProjection {
  const labels = { app: `app-${index % 200}` }
  return {
    ...{ ...unmarked, kind: 'Deployment', uid: `workload-${index}`, namespace: `team-${index % 50}`, name: `app-${index}`, labels },
    ...{ ownerReferences: [], templateLabels: labels, templateAnnotations: {}, containers: [{ name: 'app', image: 'app:1' }] },
    ...{ replicas: 5, ready: 5, updated: 5 },
  }
}

interface Pod {
  namespace: string
  labels?: Record<string, string>
  annotations?: Record<string, string>
  container: { name: string; image: string }
}

function applicationPod(index: number): PodProjection {
  const sidecar = index % 2 === 0 ? sidecars[(index / 2) % sidecars.length] : undefined
  const { annotations = {}, ...container } = sidecar ?? { name: 'app', image: 'app:1' }
  return pod(index + planes.length, { namespace: `team-${index % 50}`, labels: { app: `app-${index % 200}` }, annotations, container })
}

function pod(index: number, { namespace, labels = {}, annotations = {}, container }: Pod): PodProjection {
  return {
    ...{ uid: `uid-${index}`, namespace, name: `pod-${index}`, labels, annotations, phase: 'Running', reason: '', ready: true },
    ...{ deleting: false, restarts: 0, node: 'n1', startedAt: '2026-01-01T00:00:00Z', owner: undefined },
    containers: [{ ...container, init: false, restartPolicyAlways: false, ready: true }],
  }
}
