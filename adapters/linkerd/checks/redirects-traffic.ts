import type { Finding } from '../../../proto/gen/meshwright/adapter/v1/adapter.js'
import type { Check, CheckScene } from '../../runtime/checks/check.js'
import { errorFinding } from '../../runtime/plan-findings.js'
import { readinessOf } from '../../runtime/workload-readiness.js'
import { readControlPlaneValues, withoutValues } from './control-plane-values.js'

// linkerd2: pkg/healthcheck, l5d-proxy-init-run-as-root and the checks of the category linkerd-cni-plugin.

/** Something redirects the traffic of new pods to their proxies: the node agent, or an init container that may. */
export const redirectsTraffic: Check = {
  code: 'traffic-redirected',
  holds: 'The traffic of new pods is redirected to their proxies.',
  question: 'the traffic of new pods is redirected',
  needsRunning: true,
  find: async (scene) => {
    const values = await readControlPlaneValues(scene)
    if (values === undefined) return [withoutValues('Whether the traffic of new pods is redirected')]
    return values.cniEnabled ? judgeAgent(scene) : judgeInit(scene, values.proxyInit)
  },
}

async function judgeAgent({ session }: CheckScene): Promise<Finding[]> {
  const labelSelector = 'k8s-app=linkerd-cni'
  const [agent] = await session.list({ apiVersion: 'apps/v1', kind: 'DaemonSet' }, { labelSelector })
  const cause = 'The value cniEnabled leaves it to the node agent to redirect the traffic.'
  if (agent === undefined) {
    const remedy = 'Install the component cni, or set cniEnabled to false; then restart the members.'
    return [errorFinding({ code: 'node-agent-missing', message: 'There is no node agent of Linkerd.', cause, remedy })]
  }
  const { ready, detail } = readinessOf(agent)
  if (ready) return []
  const remedy = 'Look at its pods: on a node without it, new members do not start.'
  return [
    errorFinding({ code: 'node-agent-not-ready', message: `The node agent of Linkerd is not on every node: ${detail}.`, cause, remedy }),
  ]
}

async function judgeInit({ session }: CheckScene, { runAsRoot }: { runAsRoot: boolean }): Promise<Finding[]> {
  if (runAsRoot) return []
  const nodes = await session.list({ apiVersion: 'v1', kind: 'Node' })
  const byDocker = nodes.filter(({ status }) => runtimeOf(status).startsWith('docker:')).map(({ metadata }) => metadata.name)
  if (byDocker.length === 0) return []
  return [
    errorFinding({
      code: 'proxy-init-without-root',
      message: `Pods on ${byDocker.length} nodes cannot redirect their traffic, such as on ${byDocker[0]}.`,
      cause: 'Their container runtime is Docker, which gives an init container no rights of the network unless it runs as root.',
      remedy: 'Set proxyInit.runAsRoot to true and upgrade, then restart the members.',
    }),
  ]
}

function runtimeOf(status: unknown): string {
  return ((status ?? {}) as { nodeInfo?: { containerRuntimeVersion?: string } }).nodeInfo?.containerRuntimeVersion ?? ''
}
