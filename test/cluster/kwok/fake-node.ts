import { toolPath } from '../binaries/tool-path.js'

/** The only node: large enough for every chart; KWOK looks after nodes with this annotation. */
export const fakeNode = {
  apiVersion: 'v1',
  kind: 'Node',
  metadata: {
    name: 'fake-node',
    annotations: { 'kwok.x-k8s.io/node': 'fake', 'node.alpha.kubernetes.io/ttl': '0' },
    // Charts select nodes by these.
    labels: { 'kubernetes.io/os': 'linux', 'kubernetes.io/arch': 'amd64', 'kubernetes.io/hostname': 'fake-node' },
  },
  status: {
    allocatable: { cpu: '64', memory: '256Gi', pods: '500' },
    capacity: { cpu: '64', memory: '256Gi', pods: '500' },
  },
} as const

const stages = [
  'node-initialize',
  'node-heartbeat-with-lease',
  'pod-ready',
  'pod-complete',
  'pod-delete',
  'pvc-provision',
  'pvc-delete',
  'pv-bind',
  'pv-delete',
]

/** KWOK with the stages of its own module, which say what becomes of a pod, a node and a volume claim. */
export function kwokCommand(kubeconfig: string): string[] {
  return [
    toolPath('kwok'),
    `--kubeconfig=${kubeconfig}`,
    ...stages.map((stage) => `--config=${toolPath(`${stage}.yaml`)}`),
    '--manage-nodes-with-annotation-selector=kwok.x-k8s.io/node=fake',
    '--cidr=10.244.0.0/16',
    '--node-ip=10.0.0.1',
    // Without leases the node is taken for dead after 40 s, and its pods for not ready.
    '--node-lease-duration-seconds=40',
  ]
}
