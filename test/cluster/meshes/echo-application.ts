import { testbedImages } from '../images/testbed-images.js'
import type { NodeCluster } from '../node-cluster.js'

export interface MemberApplication {
  readonly namespace: string
  /** Address of the echo Service, from inside the cluster. */
  readonly url: string
  /** Calls the Service from the client pod `calls` times and returns the counts that `echo get` prints. */
  call(calls: number): Promise<string>
}

export interface MemberApplicationOptions {
  readonly namespace?: string
  /** Whether the namespace asks for sidecars; default true. */
  readonly injected?: boolean
}

/** Applies a Service `echo` (v1), a Deployment `client` that calls it, and their namespace; resolves when all are Ready. */
export async function applyMemberApplication(
  cluster: NodeCluster,
  { namespace = 'member', injected = true }: MemberApplicationOptions = {},
): Promise<MemberApplication> {
  const labels = injected ? { 'istio-injection': 'enabled' } : {}
  const items = [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace, labels } },
    deployment(namespace, 'echo-v1', { app: 'echo', version: 'v1' }),
    deployment(namespace, 'client', { app: 'client', version: 'v1' }),
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'echo', namespace },
      spec: { selector: { app: 'echo' }, ports: [{ name: 'http', port: 8080, targetPort: 8080 }] },
    },
  ]
  const manifest = JSON.stringify({ apiVersion: 'v1', kind: 'List', items })
  await cluster.kubectl(['apply', '--filename=-'], { input: manifest })
  for (const name of ['echo-v1', 'client']) {
    await cluster.kubectl(['rollout', 'status', `deployment/${name}`, `--namespace=${namespace}`, '--timeout=50s'])
  }
  const url = `http://echo.${namespace}.svc.cluster.local:8080/`
  const inClient = ['exec', 'deployment/client', `--namespace=${namespace}`, '--container=app', '--']
  return { namespace, url, call: (calls) => cluster.kubectl([...inClient, '/echo', 'get', '-t', '2s', '-n', `${calls}`, url]) }
}

function deployment(namespace: string, name: string, labels: Readonly<Record<string, string>>): unknown {
  const container = {
    name: 'app',
    image: testbedImages.echo.reference,
    env: [{ name: 'VERSION', value: labels.version }],
    ports: [{ containerPort: 8080 }],
    readinessProbe: { httpGet: { path: '/', port: 8080 }, periodSeconds: 1 },
  }
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace },
    spec: {
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { terminationGracePeriodSeconds: 1, containers: [container] } },
    },
  }
}
