import type { Confirmation } from '../../proto/gen/meshwright/adapter/v1/adapter.js'
import type { Catalog } from './catalog.js'
import type { ClusterSession } from './cluster-session.js'
import { findMembers, type Member, type Members } from './find-members.js'
import { refOf } from './manifests.js'
import { revisionLabel, revisionOf } from './mesh-parts.js'

/** Members of one revision; of all when no revision is named. */
export async function findRevisionMembers(session: ClusterSession, catalog: Catalog, revision: string | undefined): Promise<Members> {
  const members = await findMembers(session, catalog)
  if (revision === undefined) return members
  const label = revisionLabel(catalog)
  const isOf = ({ object }: Member) => revisionOf(object, label) === revision
  return { namespaces: members.namespaces.filter(isOf), pods: members.pods.filter(isOf) }
}

const named = 10

/** Going on with members left needs a yes to a text that names them. */
export function confirmMembers({ namespaces, pods }: Members): Confirmation[] {
  if (namespaces.length === 0 && pods.length === 0) return []
  const places = [...new Set(pods.map(({ object }) => object.metadata.namespace ?? ''))]
  const names = namespaces.map(({ object }) => object.metadata.name ?? '')
  const all = [...new Set([...places, ...names])].sort()
  const listed = all.slice(0, named).join(', ') + (all.length > named ? ` and ${all.length - named} more` : '')
  const podText = `${pods.length} ${pods.length === 1 ? 'pod is' : 'pods are'} still in the mesh`
  const namespaceText = `${names.length} ${names.length === 1 ? 'namespace asks' : 'namespaces ask'} for it`
  return [
    {
      code: 'members-left',
      text: `${podText} and ${namespaceText} (${listed}). Without a control plane their sidecars get no new configuration and no new certificates, and stop working when these expire; restart them after opting out.`,
      destructive: true,
      objects: [...namespaces, ...pods].map(({ object }) => refOf(object)).slice(0, 200),
    },
  ]
}
