import type { KubeObject } from '../../../kube/kube-object.js'
import type { Finding } from '../../../proto/gen/meshwright/adapter/v1/adapter.js'
import type { Catalog } from '../catalog.js'
import type { ClusterSession } from '../cluster-session.js'
import { refOf } from '../manifests.js'
import { findParts } from '../mesh-parts.js'
import { errorFinding, warningFinding } from '../plan-findings.js'
import { whenForbidden } from '../when-forbidden.js'

const enforce = 'pod-security.kubernetes.io/enforce'

/** What a namespace refuses of pods: `privileged` refuses nothing, and so does a namespace that says nothing. */
export function securityLevel({ metadata }: KubeObject): string {
  return metadata.labels?.[enforce] ?? 'privileged'
}

/**
 * Namespaces whose pod security refuses a sidecar's init container: it sets the pod's own iptables rules with NET_ADMIN,
 * which the levels baseline and restricted do not allow (kubernetes.io/docs/concepts/security/pod-security-standards). With
 * the mesh's agent on the nodes no pod needs it.
 */
export async function checkPodSecurity(session: ClusterSession, catalog: Catalog, namespaces: readonly KubeObject[]): Promise<Finding[]> {
  const strict = namespaces.filter((namespace) => securityLevel(namespace) !== 'privileged')
  if (strict.length === 0) return []
  // With rights in some namespaces only, an agent is out of sight: then it is not known to be missing.
  const parts = session.namespaces.length > 0 ? undefined : await whenForbidden(findParts(session, catalog), undefined)
  const finding = parts ? errorFinding : warningFinding
  if (parts?.some(({ role, component }) => role === 'node' && component.includes('cni'))) return []
  return strict.map((namespace) =>
    finding({
      code: 'pod-security',
      message: `Namespace ${namespace.metadata.name} ${parts ? 'refuses' : 'may refuse'} the sidecars of ${catalog.title}: its pod security is ${securityLevel(namespace)}.`,
      cause: `The init container of a sidecar needs the capability NET_ADMIN, which ${enforce}=${securityLevel(namespace)} does not allow; the API server then refuses every new pod.`,
      remedy: `Install the node agent (CNI plugin) of ${catalog.title}, which does this for the pods, or let the namespace enforce privileged.`,
      object: refOf(namespace),
    }),
  )
}
