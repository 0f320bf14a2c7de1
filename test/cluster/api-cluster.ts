import { openApiReader } from './control-plane/api-reader.js'
import { type ControlPlane, prepareControlPlane } from './control-plane/control-plane.js'
import { apiServerCommand, controllerManagerCommand, etcdCommand } from './control-plane/control-plane-commands.js'
import { freePorts } from './control-plane/free-ports.js'
import { openKeeper, type ProcessKeeper } from './control-plane/process-keeper.js'
import { createStateFolder } from './control-plane/state-folder.js'
import { type TestCluster, testCluster } from './test-cluster.js'

export interface ApiClusterOptions {
  /** Appended to the command line of kube-apiserver. */
  readonly apiServerFlags?: readonly string[]
}

const attempts = 3

/** Starts a real API server with etcd and controllers on loopback: no node, so no pod ever runs. Needs no root; takes 3 to 5 s. */
export async function startApiCluster(options: ApiClusterOptions = {}): Promise<TestCluster> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await startOnFreePorts(options)
    } catch (error) {
      // Somebody else may take a port between our looking and our using it.
      if (attempt === attempts || !/address already in use/.test(String(error))) throw error
    }
  }
}

async function startOnFreePorts(options: ApiClusterOptions): Promise<TestCluster> {
  const state = await createStateFolder('meshwright-api-')
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
      apiServerFlags: ['--endpoint-reconciler-type=none', ...(options.apiServerFlags ?? [])],
    })
    const pids = await startControlPlane(controlPlane, keeper)
    return await testCluster(controlPlane, { pidOf: (name) => pidOf(pids, name), stop: keeper.stop })
  } catch (error) {
    await keeper.stop()
    throw error
  }
}

async function startControlPlane(controlPlane: ControlPlane, keeper: ProcessKeeper): Promise<Map<string, number>> {
  const pids = new Map<string, number>()
  const start = async (name: string, argv: string[]) => pids.set(name, await keeper.start(name, argv))
  const reader = openApiReader(controlPlane.endpoint, controlPlane.admin)
  try {
    await start('etcd', etcdCommand(controlPlane))
    await start('kube-apiserver', apiServerCommand(controlPlane))
    await keeper.whileAllRun(reader.until('/readyz', /ok/))
    await start('kube-controller-manager', controllerManagerCommand(controlPlane))
    await keeper.whileAllRun(reader.until('/api/v1/namespaces/default/serviceaccounts/default', /"name":"default"/))
    return pids
  } finally {
    reader.close()
  }
}

function pidOf(pids: ReadonlyMap<string, number>, name: string): number {
  const pid = pids.get(name)
  if (pid === undefined) throw new Error(`the cluster has no process ${name}`)
  return pid
}
