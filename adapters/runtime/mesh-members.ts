import type { Catalog } from './catalog.js'
import type { ClusterSession } from './cluster-session.js'
import { findMembers, type Member, type Members } from './find-members.js'
import { revisionLabel, revisionOf } from './revisions.js'

/** Members of one revision; of all when no revision is named. */
export async function findRevisionMembers(session: ClusterSession, catalog: Catalog, revision: string | undefined): Promise<Members> {
  const members = await findMembers(session, catalog)
  if (revision === undefined) return members
  const label = revisionLabel(catalog)
  const isOf = ({ object }: Member) => revisionOf(object, label) === revision
  return { namespaces: members.namespaces.filter(isOf), pods: members.pods.filter(isOf) }
}
