import { openApiReader } from './api-reader.js'
import { type ControlPlane, prepareControlPlane } from './control-plane.js'
import { apiServerCommand, controllerManagerCommand, etcdCommand } from './control-plane-commands.js'
import { freePorts } from './free-ports.js'
import { openKeeper, type ProcessKeeper } from './process-keeper.js'
import { createStateFolder } from './state-folder.js'

/** etcd, API server and controllers that run on loopback. */
export interface LoopbackControlPlane {
  readonly controlPlane: ControlPlane
  readonly keeper: ProcessKeeper
}

const attempts = 3

/** Starts a control plane on free ports; `apiServerFlags` are appended to the command line of kube-apiserver. */
export async function startLoopbackControlPlane(prefix: string, apiServerFlags: readonly string[] = []): Promise<LoopbackControlPlane> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await startOnFreePorts(prefix, apiServerFlags)
    } catch (error) {
      // Somebody else may take a port between our looking and our using it.
      if (attempt === attempts || !/address already in use/.test(String(error))) throw error
    }
  }
}

async function startOnFreePorts(prefix: string, apiServerFlags: readonly string[]): Promise<LoopbackControlPlane> {
  const state = await createStateFolder(prefix)
  const keeper = openKeeper({ logs: state.logs, remove: state.folder })
  try {
    const [port = 0, etcdPort = 0, etcdPeerPort = 0] = await freePorts(3)
    const controlPlane = await prepareControlPlane({
      ...state,
      address: '127.0.0.1',
      port,
      etcdPort,
      etcdPeerPort,
      serviceCidr: '10.96.0.0/16',
      apiServiceAddress: '10.96.0.1',
      apiServerFlags: ['--endpoint-reconciler-type=none', ...apiServerFlags],
    })
    await startProcesses(controlPlane, keeper)
    return { controlPlane, keeper }
  } catch (error) {
    await keeper.stop()
    throw error
  }
}

async function startProcesses(controlPlane: ControlPlane, keeper: ProcessKeeper): Promise<void> {
  const reader = openApiReader(controlPlane.endpoint, controlPlane.admin)
  try {
    await keeper.start('etcd', etcdCommand(controlPlane))
    await keeper.start('kube-apiserver', apiServerCommand(controlPlane))
    await keeper.whileAllRun(reader.until('/readyz', /ok/))
    await keeper.start('kube-controller-manager', controllerManagerCommand(controlPlane))
    await keeper.whileAllRun(reader.until('/api/v1/namespaces/default/serviceaccounts/default', /"name":"default"/))
  } finally {
    reader.close()
  }
}
