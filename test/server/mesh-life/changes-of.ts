import type { AuditEvent } from '../../cluster/control-plane/audit-log.js'
import type { TestCluster } from '../../cluster/test-cluster.js'

const changing = new Set(['create', 'update', 'patch', 'delete', 'deletecollection'])

/** What the API server itself says that a user changed; the user is nobody else's. */
export function changesOf(cluster: TestCluster, user: string) {
  const told = new Set<string>()
  return {
    /** Audit ids of all changes since the last call, sorted. A dry run and a review of access change nothing. */
    since: async (): Promise<string[]> => {
      const events = await cluster.auditEvents()
      const fresh = events.filter((event) => event.user.username === user && isChange(event) && !told.has(event.auditID))
      const ids = fresh.map(({ auditID }) => auditID).sort()
      for (const id of ids) told.add(id)
      return ids
    },
  }
}

function isChange({ stage, verb, requestURI, objectRef }: AuditEvent): boolean {
  const isReview = objectRef?.apiGroup === 'authorization.k8s.io'
  return stage === 'ResponseComplete' && changing.has(verb) && !requestURI.includes('dryRun=') && !isReview
}
