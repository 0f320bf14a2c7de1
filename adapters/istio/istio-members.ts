import type { Confirmation } from '../../proto/gen/meshwright/adapter/v1/adapter.js'
import type { ClusterSession } from '../runtime/cluster-session.js'
import { findMembers, type Member, type Members } from '../runtime/find-members.js'
import { refOf } from '../runtime/manifests.js'
import { istioCatalog } from './istio-catalog.js'
import { revisionOf } from './istio-presence.js'

/** Members of one revision; of all when there is only one control plane. */
export async function findIstioMembers(session: ClusterSession, revision: string | undefined): Promise<Members> {
  const members = await findMembers(session, istioCatalog)
  if (revision === undefined) return members
  const isOf = ({ object }: Member) => revisionOf(object) === revision
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
