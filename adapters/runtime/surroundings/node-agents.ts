import type { KubeObject } from '../../../kube/kube-object.js'
import type { Finding } from '../../../proto/gen/meshwright/adapter/v1/adapter.js'
import type { ClusterSession } from '../cluster-session.js'
import { nameOf, refOf } from '../manifests.js'
import { warningFinding } from '../plan-findings.js'
import { whenForbidden } from '../when-forbidden.js'

/** How the network plugins of meshes are labelled; they all write into one file on each node. */
const agents: readonly { mesh: string; title: string; labels: Record<string, string> }[] = [
  { mesh: 'istio', title: 'Istio', labels: { 'k8s-app': 'istio-cni-node' } },
  { mesh: 'linkerd', title: 'Linkerd', labels: { 'k8s-app': 'linkerd-cni' } },
  { mesh: 'kuma', title: 'Kuma', labels: { app: 'kuma-cni' } },
  { mesh: 'consul', title: 'Consul', labels: { app: 'consul', component: 'cni' } },
]

/** Network plugins of other meshes that are on the nodes already. */
export async function checkNodeAgents(session: ClusterSession, mesh: string): Promise<Finding[]> {
  const sets = await whenForbidden(session.list({ apiVersion: 'apps/v1', kind: 'DaemonSet' }, { metadataOnly: true }), [])
  return nodeAgentFindings(sets, mesh)
}

/** Whether the network plugin of a mesh is among these DaemonSets. */
export function hasNodeAgent(sets: readonly KubeObject[], mesh: string): boolean {
  return agents.some((agent) => agent.mesh === mesh && sets.some((set) => bears(set, agent.labels)))
}

function bears({ metadata }: KubeObject, labels: Record<string, string>): boolean {
  return Object.entries(labels).every(([key, value]) => metadata.labels?.[key] === value)
}

/** One warning for each of these DaemonSets that is another mesh's network plugin. */
export function nodeAgentFindings(sets: readonly KubeObject[], mesh: string): Finding[] {
  return agents
    .filter((agent) => agent.mesh !== mesh)
    .flatMap(({ title, labels }) => {
      const found = sets.find((set) => bears(set, labels))
      if (found === undefined) return []
      return warningFinding({
        code: 'another-node-agent',
        message: `${nameOf(found)}, the network plugin of ${title}, is on the nodes already.`,
        cause: 'Both chain themselves into the one configuration file of a node; whichever restarts last may drop the other.',
        remedy: 'Use one of them, and let the other mesh set up its pods by init containers.',
        object: refOf(found),
      })
    })
}
