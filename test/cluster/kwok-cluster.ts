import { toolPath } from './binaries/tool-path.js'
import { openApiReader } from './control-plane/api-reader.js'
import { prepareScheduler } from './control-plane/control-plane-commands.js'
import { startLoopbackControlPlane } from './control-plane/loopback-control-plane.js'
import { startFakeAdmission, type WebhooksWithoutBackend } from './kwok/fake-admission.js'
import { fakeNode, kwokCommand } from './kwok/fake-node.js'
import { kubectl } from './run-command.js'
import { type TestCluster, testCluster } from './test-cluster.js'

// Whoever calls a Service here is refused at once, and by this machine: no packet goes out to look for its address.
const servicesOnLoopback = ['--service-cluster-ip-range=127.255.0.0/16']

/**
 * Starts a cluster whose pods only look as if they ran: KWOK writes their status, binds volume claims, and marks Jobs as done. Webhooks have
 * no backend, so an admission responder of ours allows everything in their stead, or they are left out: both are fakes, and say so in the configurations.
 * As they are written, those that fail closed refuse what they are asked about, as behind a dead control plane.
 * For charts whose images cannot be had: it tests helm's mechanics and the reading of status, nothing about a mesh. Needs no root; takes 4 to 6 s.
 */
export async function startKwokCluster({
  webhooks = 'answered',
}: {
  webhooks?: WebhooksWithoutBackend | 'as-written'
} = {}): Promise<TestCluster> {
  const { controlPlane, keeper } = await startLoopbackControlPlane('meshwright-kwok-', servicesOnLoopback)
  const reader = openApiReader(controlPlane.endpoint, controlPlane.admin)
  try {
    await keeper.start('kube-scheduler', await prepareScheduler(controlPlane))
    const objects = JSON.stringify(fakeNode)
    await kubectl(controlPlane.kubeconfig, ['apply', '--filename=-', `--filename=${toolPath('storage-class.yaml')}`], { input: objects })
    await keeper.start('kwok', kwokCommand(controlPlane.kubeconfig))
    await keeper.whileAllRun(
      reader.until(`/api/v1/nodes/${fakeNode.metadata.name}`, /"type":"Ready","status":"True"|"status":"True","type":"Ready"/),
    )
    const cluster = await testCluster(controlPlane, keeper)
    const admission = webhooks === 'as-written' ? undefined : await startFakeAdmission(controlPlane, webhooks)
    const stop = async () => {
      await admission?.stop()
      await cluster.stop()
    }
    return { ...cluster, stop, [Symbol.asyncDispose]: stop }
  } catch (error) {
    await keeper.stop()
    throw error
  } finally {
    reader.close()
  }
}
