import type { Finding } from '../../../proto/gen/meshwright/adapter/v1/adapter.js'
import type { Catalog } from '../catalog.js'
import { twoInjectors } from '../checks/one-mesh-each.js'
import type { ClusterSession } from '../cluster-session.js'
import type { ComponentInstance } from '../components.js'
import { findMemberNamespaces } from '../find-members.js'
import { findOtherMeshes } from '../other-meshes.js'
import { whenForbidden } from '../when-forbidden.js'
import { bringsNodeAgent } from './brings-node-agent.js'
import { checkCilium } from './cilium.js'
import { checkNodeAgents } from './node-agents.js'

/** Network plugins that are on the nodes already and get into the way of this mesh, at an install as at an upgrade. */
export async function checkNetwork(
  session: ClusterSession,
  { mesh }: Catalog,
  instances: readonly ComponentInstance[],
): Promise<Finding[]> {
  const hasNodeAgent = instances.some(bringsNodeAgent)
  const found = await Promise.all([checkCilium(session, { hasNodeAgent }), hasNodeAgent ? checkNodeAgents(session, mesh) : []])
  return found.flat()
}

/** Other meshes, and namespaces that ask for one of them and for the mesh that comes: it would take them in at once. */
export async function checkOtherMeshes(session: ClusterSession, catalog: Catalog): Promise<Finding[]> {
  const [others, members] = await Promise.all([
    whenForbidden(findOtherMeshes(session, catalog.mesh), []),
    whenForbidden(findMemberNamespaces(session, catalog), []),
  ])
  return [...others, ...members.flatMap(({ object, mark }) => twoInjectors(catalog.mesh, object, mark))]
}
