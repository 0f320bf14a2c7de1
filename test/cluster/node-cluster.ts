import { basename } from 'node:path'
import { prepareControlPlane } from './control-plane/control-plane.js'
import { openKeeper } from './control-plane/process-keeper.js'
import { createStateFolder } from './control-plane/state-folder.js'
import type { ImageName } from './images/testbed-images.js'
import { ctr, importImage } from './node/container-runtime.js'
import { inNamespaces, onlyChild, openNamespaces } from './node/node-namespaces.js'
import { connectNode, disconnectCommand } from './node/node-network.js'
import { startNode } from './node/start-node.js'
import { type CommandOptions, runCommand } from './run-command.js'
import { type TestCluster, testCluster } from './test-cluster.js'

export interface NodeClusterOptions {
  /** Imported besides pause, coredns and echo. */
  readonly images?: readonly ImageName[]
}

/** A cluster with one node, which runs pods. */
export interface NodeCluster extends TestCluster {
  readonly nodeName: string
  /** The host reaches the node, its pods and its Services directly. */
  readonly nodeIp: string
  /** Turns a command into one that runs in the node's namespaces. */
  inNode(argv: readonly string[]): string[]
  /** Runs a command in the node's namespaces and returns its stdout. */
  runInNode(argv: readonly string[], options?: CommandOptions): Promise<string>
  /** Runs containerd's `ctr` on the images and containers that kubelet sees. */
  ctr(argv: readonly string[], options?: CommandOptions): Promise<string>
  /** Imports an OCI or docker image archive; pods then name it in full, such as localhost/name:tag. */
  importImage(archive: string): Promise<void>
}

const nodeName = 'node1'
const ports = { port: 6443, etcdPort: 2379, etcdPeerPort: 2380 }

/** Starts a whole Kubernetes in namespaces of its own: control plane, containerd, kubelet, kube-proxy and DNS. Needs root; takes 5 to 8 s. */
export async function startNodeCluster(options: NodeClusterOptions = {}): Promise<NodeCluster> {
  const state = await createStateFolder('meshwright-node-')
  const cgroup = basename(state.folder)
  const keeper = openKeeper({ logs: state.logs, remove: state.folder, cgroup })
  try {
    const holder = await openNamespaces(keeper, state.folder, nodeName)
    const network = await connectNode(holder)
    // Orphaned connections can keep a dead network namespace, and so its link, for a minute.
    await keeper.atEnd('disconnect', disconnectCommand(network))
    const { nodeIp, serviceCidr, apiServiceIp } = network
    const apiServerFlags = ['--enable-admission-plugins=NodeRestriction', ...kubeletClientFlags(state.pki)]
    const addresses = { address: nodeIp, serviceCidr, apiServiceAddress: apiServiceIp }
    const controlPlane = await prepareControlPlane({ ...state, ...ports, ...addresses, apiServerFlags })
    const images: ImageName[] = ['pause', 'coredns', 'echo', ...(options.images ?? [])]
    await startNode({ controlPlane, keeper, network, holder, nodeName, cgroup }, images)
    const cluster = await testCluster(controlPlane, keeper, onlyChild)
    const inNode = (argv: readonly string[]) => inNamespaces(holder, argv)
    return {
      ...cluster,
      nodeName,
      nodeIp,
      inNode,
      runInNode: (argv, commandOptions) => runCommand(inNode(argv), {}, commandOptions),
      ctr: (argv, commandOptions) => ctr(state.folder, argv, commandOptions),
      importImage: (archive) => importImage(state.folder, archive),
    }
  } catch (error) {
    await keeper.stop()
    throw error
  }
}

function kubeletClientFlags(pki: string): string[] {
  return [
    `--kubelet-client-certificate=${pki}/apiserver-kubelet-client.crt`,
    `--kubelet-client-key=${pki}/apiserver-kubelet-client.key`,
    `--kubelet-certificate-authority=${pki}/ca.crt`,
    '--kubelet-preferred-address-types=InternalIP',
  ]
}
