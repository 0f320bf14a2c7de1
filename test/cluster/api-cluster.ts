import { startLoopbackControlPlane } from './control-plane/loopback-control-plane.js'
import { type TestCluster, testCluster } from './test-cluster.js'

export interface ApiClusterOptions {
  /** Appended to the command line of kube-apiserver. */
  readonly apiServerFlags?: readonly string[]
}

/** Starts a real API server with etcd and controllers on loopback: no node, so no pod ever runs. Needs no root; takes 3 to 5 s. */
export async function startApiCluster({ apiServerFlags }: ApiClusterOptions = {}): Promise<TestCluster> {
  const { controlPlane, keeper } = await startLoopbackControlPlane('meshwright-api-', apiServerFlags)
  return testCluster(controlPlane, keeper)
}
