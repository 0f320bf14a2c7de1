import type { KubeObject } from '../../../kube/kube-object.js'
import type { ClusterSession } from '../cluster-session.js'
import { whenForbidden } from '../when-forbidden.js'

const read = new WeakMap<ClusterSession, Map<string, Promise<Record<string, string>>>>()

/**
 * The labels by which webhooks select an object's namespace: those of the namespace, or its own for a namespace; undefined
 * for other kinds of the whole cluster. Of a namespace that is not there yet, or cannot be read, only the name is known.
 */
export async function labelsOfNamespace(
  session: ClusterSession,
  { apiVersion, kind, metadata }: KubeObject,
  namespaced: boolean,
): Promise<Record<string, string> | undefined> {
  if (apiVersion === 'v1' && kind === 'Namespace') return metadata.labels ?? {}
  const name = metadata.namespace ?? ''
  if (!namespaced || name === '') return undefined
  const known = read.get(session) ?? new Map<string, Promise<Record<string, string>>>()
  read.set(session, known)
  const labels = known.get(name) ?? readLabels(session, name)
  known.set(name, labels)
  labels.catch(() => known.delete(name))
  return labels
}

async function readLabels(session: ClusterSession, name: string): Promise<Record<string, string>> {
  const namespace = await whenForbidden(session.get({ apiVersion: 'v1', kind: 'Namespace', name }), undefined)
  return namespace?.metadata.labels ?? { 'kubernetes.io/metadata.name': name }
}
