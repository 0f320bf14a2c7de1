import { testbedImages } from '../images/testbed-images.js'
import type { NodeCluster } from '../node-cluster.js'

/** An application with callers: a Service `echo`, a `client` beside it, and `plain`, which no mesh ever takes in. */
export interface EchoApplication {
  readonly namespace: string
  /** Namespace of the caller `plain`. */
  readonly outside: string
  /** Calls the Service and counts the answers, such as {'200 v1': 20}; a failed call counts by its error. */
  call(calls: number, options?: CallOptions): Promise<Readonly<Record<string, number>>>
}

export interface CallOptions {
  /** Default: client. */
  readonly from?: 'client' | 'plain'
  readonly path?: string
  readonly method?: 'GET' | 'POST'
}

export interface EchoApplicationOptions {
  readonly namespace?: string
  /** What the namespace carries to be taken into a mesh. */
  readonly marks?: { readonly labels?: Readonly<Record<string, string>>; readonly annotations?: Readonly<Record<string, string>> }
  /** Each is a Deployment behind the Service, with a Service of its own; default only v1. */
  readonly versions?: readonly string[]
}

const port = { name: 'http', port: 8080, targetPort: 8080, appProtocol: 'http' }

/** Applies the application and resolves when all of it is Ready. Every Deployment has a ServiceAccount of its name. */
export async function applyEchoApplication(
  cluster: NodeCluster,
  { namespace = 'member', marks = {}, versions = ['v1'] }: EchoApplicationOptions = {},
): Promise<EchoApplication> {
  const outside = `${namespace}-outside`
  const workloads = [
    ...versions.map((version) => ({ namespace, name: `echo-${version}`, labels: { app: 'echo', version } })),
    { namespace, name: 'client', labels: { app: 'client', version: 'v1' } },
    { namespace: outside, name: 'plain', labels: { app: 'plain', version: 'v1' } },
  ]
  const items = [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace, ...marks } },
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: outside } },
    service(namespace, 'echo', { app: 'echo' }),
    ...versions.map((version) => service(namespace, `echo-${version}`, { app: 'echo', version })),
    ...workloads.flatMap(workloadObjects),
  ]
  await cluster.kubectl(['apply', '--filename=-'], { input: JSON.stringify({ apiVersion: 'v1', kind: 'List', items }) })
  for (const workload of workloads) {
    await cluster.kubectl(['rollout', 'status', `deployment/${workload.name}`, `--namespace=${workload.namespace}`, '--timeout=50s'])
  }
  return {
    namespace,
    outside,
    async call(calls, { from = 'client', path = '/', method = 'GET' } = {}) {
      const within = ['exec', `deployment/${from}`, `--namespace=${from === 'client' ? namespace : outside}`, '--container=app', '--']
      const url = `http://echo.${namespace}.svc.cluster.local:8080${path}`
      return countAnswers(await cluster.kubectl([...within, '/echo', 'get', '-t', '2s', '-n', `${calls}`, '-X', method, url]))
    },
  }
}

// Lines of `echo get`: a count, two spaces, the answer.
function countAnswers(text: string): Record<string, number> {
  return Object.fromEntries([...text.matchAll(/^ *(\d+) {2}(.+)$/gm)].map(([, count, answer]) => [answer, Number(count)]))
}

function service(namespace: string, name: string, selector: object): object {
  return { apiVersion: 'v1', kind: 'Service', metadata: { name, namespace }, spec: { selector, ports: [port] } }
}

interface Workload {
  readonly namespace: string
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
}

function workloadObjects({ namespace, name, labels }: Workload): object[] {
  const metadata = { name, namespace }
  const container = {
    name: 'app',
    image: testbedImages.echo.reference,
    env: [{ name: 'VERSION', value: labels.version }],
    ports: [{ containerPort: 8080 }],
    readinessProbe: { httpGet: { path: '/', port: 8080 }, periodSeconds: 1 },
  }
  const pod = { serviceAccountName: name, terminationGracePeriodSeconds: 1, containers: [container] }
  return [
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata },
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata,
      spec: { selector: { matchLabels: labels }, template: { metadata: { labels }, spec: pod } },
    },
  ]
}
