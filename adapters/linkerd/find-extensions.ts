import type { KubeObject } from '../../kube/kube-object.js'
import type { ClusterSession } from '../runtime/cluster-session.js'

/** The name of an extension, on its namespace and on its workloads (linkerd2: pkg/k8s/labels.go). */
export const extensionLabel = 'linkerd.io/extension'

const kinds = ['Deployment', 'StatefulSet', 'DaemonSet'] as const

/** What there is of Linkerd's extensions, whoever installed them. */
export interface Extensions {
  namespaces: { extension: string; namespace: KubeObject }[]
  /** `isMarked`: it bears the label itself. If not, it only stands in a namespace that does. */
  workloads: { extension: string; workload: KubeObject; isMarked: boolean }[]
}

/** Throws a KubeError 403 where the connection may not see namespaces or workloads. */
export async function findExtensions(session: ClusterSession): Promise<Extensions> {
  const found = await session.list({ apiVersion: 'v1', kind: 'Namespace' }, { labelSelector: extensionLabel, metadataOnly: true })
  const namespaces = found.map((namespace) => ({ extension: extensionOf(namespace), namespace }))
  const marked = await listWorkloads(session, { labelSelector: extensionLabel })
  const beside = await Promise.all(
    namespaces.map(async ({ extension, namespace: { metadata } }) => {
      const workloads = await listWorkloads(session, { namespace: metadata.name ?? '', labelSelector: `!${extensionLabel}` })
      return workloads.map((workload) => ({ extension, workload, isMarked: false }))
    }),
  )
  return {
    namespaces,
    workloads: [...marked.map((workload) => ({ extension: extensionOf(workload), workload, isMarked: true })), ...beside.flat()],
  }
}

async function listWorkloads(session: ClusterSession, selection: { namespace?: string; labelSelector: string }): Promise<KubeObject[]> {
  const lists = await Promise.all(kinds.map((kind) => session.list({ apiVersion: 'apps/v1', kind }, selection)))
  return lists.flat()
}

function extensionOf({ metadata }: KubeObject): string {
  return metadata.labels?.[extensionLabel] ?? ''
}
