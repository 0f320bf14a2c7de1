import type { Finding } from '../../../proto/gen/meshwright/adapter/v1/adapter.js'
import type { Place } from '../../runtime/chart-mesh.js'
import type { ClusterSession } from '../../runtime/cluster-session.js'
import { count } from '../../runtime/count.js'
import { nameOf } from '../../runtime/manifests.js'
import { warningFinding } from '../../runtime/plan-findings.js'
import { someNames } from '../../runtime/some-names.js'
import { whenForbidden } from '../../runtime/when-forbidden.js'

const listed = 10
const entries = { apiVersion: 'networking.istio.io/v1', kind: 'WorkloadEntry' }

/**
 * Workloads outside of the cluster, such as virtual machines: which control plane their proxies ask is set there. So whom of
 * them a revision serves is not counted, and a person has to look.
 */
export async function outsideFindings(session: ClusterSession, { revision }: Pick<Place, 'revision'>): Promise<Finding[]> {
  const found = await whenForbidden(session.list(entries, { metadataOnly: true }), undefined)
  if (found?.length === 0) return []
  const remedy = `Look on each of their machines which control plane its proxy connects to, and let it connect to the successor before ${revision} goes.`
  if (found === undefined) {
    const cause = 'The cluster connection may not list WorkloadEntries in all namespaces.'
    return [
      warningFinding({
        code: 'outside-unknown',
        message: 'Whether there are workloads outside of the cluster cannot be seen.',
        cause,
        remedy,
      }),
    ]
  }
  return [
    warningFinding({
      code: 'outside-not-counted',
      message: `${count(found.length, 'workload')} outside of the cluster may be served by revision ${revision}: ${someNames(found.map(nameOf).sort(), listed)}.`,
      cause:
        'Only pods and namespaces of this cluster are counted. Which control plane the proxy behind a WorkloadEntry asks is set on its machine.',
      remedy,
    }),
  ]
}
