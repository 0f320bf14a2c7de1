import { type ApiReader, openApiReader } from '../control-plane/api-reader.js'
import type { ControlPlane } from '../control-plane/control-plane.js'
import { apiServerCommand, controllerManagerCommand, etcdCommand } from '../control-plane/control-plane-commands.js'
import type { ProcessKeeper } from '../control-plane/process-keeper.js'
import { type ImageName, imageArchive } from '../images/testbed-images.js'
import { kubectl } from '../run-command.js'
import { containerdSocket, importImage, prepareContainerd } from './container-runtime.js'
import { corednsManifest } from './coredns.js'
import { createCgroup } from './node-cgroup.js'
import { prepareNode } from './node-components.js'
import { inNamespaces } from './node-namespaces.js'
import type { NodeNetwork } from './node-network.js'
import { untilExists } from './until-exists.js'

/** What there is before any daemon runs. */
export interface EmptyNode {
  readonly controlPlane: ControlPlane
  readonly keeper: ProcessKeeper
  readonly network: NodeNetwork
  /** Process 1 of the namespaces. */
  readonly holder: number
  readonly nodeName: string
  readonly cgroup: string
}

type Start = (name: string, argv: readonly string[]) => Promise<void>

/** Starts control plane and node, each process by an nsenter of its name, and resolves when the node is Ready, the images are there and DNS answers. */
export async function startNode(node: EmptyNode, images: readonly ImageName[]): Promise<void> {
  const { controlPlane, keeper, holder } = node
  const start: Start = async (name, argv) => {
    await keeper.start(name, inNamespaces(holder, argv))
  }
  const reader = openApiReader(controlPlane.endpoint, controlPlane.admin)
  try {
    await start('etcd', etcdCommand(controlPlane))
    await start('kube-apiserver', apiServerCommand(controlPlane))
    // The API server needs seconds to start: time for everything that does not ask it.
    const runtime = startRuntime(node, start)
    const imports = runtime.then(() => importImages(controlPlane.folder, images))
    await keeper.whileAllRun(Promise.all([imports, startComponents(node, start, reader, runtime)]))
  } finally {
    reader.close()
  }
}

async function startRuntime({ controlPlane, network, cgroup }: EmptyNode, start: Start): Promise<void> {
  const { folder } = controlPlane
  await createCgroup(cgroup)
  await start('containerd', await prepareContainerd(folder, network.podCidr))
  await untilExists(containerdSocket(folder))
}

async function importImages(folder: string, images: readonly ImageName[]): Promise<void> {
  for (const image of images) await importImage(folder, await imageArchive(image))
}

async function startComponents(node: EmptyNode, start: Start, reader: ApiReader, runtime: Promise<void>): Promise<void> {
  const commands = await prepareNode(node.controlPlane, node.network, node)
  await Promise.all([runtime, reader.until('/readyz', /ok/)])
  await start('kube-controller-manager', controllerManagerCommand(node.controlPlane))
  for (const [name, argv] of Object.entries(commands)) await start(name, argv)
  await untilUsable(node, reader)
}

async function untilUsable({ controlPlane, network, nodeName }: EmptyNode, reader: ApiReader): Promise<void> {
  const manifest = JSON.stringify(corednsManifest(network.dnsIp))
  await kubectl(controlPlane.kubeconfig, ['apply', '--filename=-'], { input: manifest })
  await reader.until(`/api/v1/nodes/${nodeName}`, /"type":"Ready","status":"True"/)
  await reader.until('/apis/apps/v1/namespaces/kube-system/deployments/coredns', /"availableReplicas":1/)
}
