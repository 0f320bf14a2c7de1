import type { KubeConnection } from './connection.js'
import { discoverApi, type KubeResource } from './discover-resources.js'
import type { KubeObject } from './kube-object.js'
import { listObjects } from './list-objects.js'
import { collectionPath } from './object-paths.js'

/** One object without its content, in the form that two snapshots are compared in. */
export interface ObjectMetadata {
  apiVersion: string
  kind: string
  /** Empty for cluster-scoped kinds. */
  namespace: string
  name: string
  uid: string
  resourceVersion: string
  /** 0 for kinds that do not count generations. */
  generation: number
  createdAt: string
  deleting: boolean
  labels: Record<string, string>
  /** Only those of helm and of ours: others may hold whole objects, secrets included. */
  annotations: Record<string, string>
  owners: { kind: string; name: string; uid: string }[]
  /** Field managers, each once, in the order of the object. */
  managers: string[]
}

export interface Snapshot {
  objects: ObjectMetadata[]
  unreadable: { kind: string; reason: string }[]
}

const keptAnnotations = ['helm.sh/', 'meta.helm.sh/', 'meshwright.io/']
const listsAtOnce = 8

/**
 * Every listable object, metadata only, one version per kind. What cannot be read is named, never an error: a snapshot is
 * a best view. With `namespaces`, only namespaced kinds in those are listed. Computed objects (no uid) are left out.
 */
export async function snapshotObjects(
  connection: KubeConnection,
  { namespaces, signal }: { namespaces?: readonly string[] | undefined; signal?: AbortSignal | undefined } = {},
): Promise<Snapshot> {
  const { resources, unavailable } = await discoverApi(connection, signal)
  const listable = resources.filter(
    (resource) => resource.preferred && resource.verbs.includes('list') && (!namespaces || resource.namespaced),
  )
  const jobs = listable.flatMap((resource) => (namespaces ?? [undefined]).map((namespace) => ({ resource, namespace })))
  const byUid = new Map<string, ObjectMetadata>()
  const unreadable = unavailable.map(({ apiVersion, reason }) => ({ kind: `${apiVersion}/*`, reason }))
  const queue = jobs.values()
  const work = async () => {
    for (const { resource, namespace } of queue) {
      const found = await listOne(connection, { resource, namespace, signal }).catch((error: unknown) => {
        signal?.throwIfAborted()
        return String(error)
      })
      if (typeof found === 'string') unreadable.push({ kind: `${resource.apiVersion}/${resource.kind}`, reason: found })
      // The same Event is served by two groups under one uid: first come, first kept.
      else for (const object of found) if (!byUid.has(object.uid)) byUid.set(object.uid, object)
    }
  }
  await Promise.all(Array.from({ length: listsAtOnce }, work))
  return { objects: [...byUid.values()], unreadable }
}

async function listOne(
  connection: KubeConnection,
  { resource, namespace, signal }: { resource: KubeResource; namespace: string | undefined; signal: AbortSignal | undefined },
): Promise<ObjectMetadata[]> {
  const objects: ObjectMetadata[] = []
  const path = collectionPath(resource, namespace)
  for await (const page of listObjects<Partial<KubeObject>>(connection, { path, metadataOnly: true, signal })) {
    for (const item of page.items) {
      const object = describe(resource, item)
      if (object.uid) objects.push(object)
    }
  }
  return objects
}

function describe(resource: KubeResource, { metadata = {} }: Partial<KubeObject>): ObjectMetadata {
  const annotations = Object.entries(metadata.annotations ?? {})
  return {
    apiVersion: resource.apiVersion,
    kind: resource.kind,
    namespace: metadata.namespace ?? '',
    name: metadata.name ?? '',
    uid: metadata.uid ?? '',
    resourceVersion: metadata.resourceVersion ?? '',
    generation: metadata.generation ?? 0,
    createdAt: metadata.creationTimestamp ?? '',
    deleting: metadata.deletionTimestamp !== undefined,
    labels: metadata.labels ?? {},
    annotations: Object.fromEntries(annotations.filter(([key]) => keptAnnotations.some((prefix) => key.startsWith(prefix)))),
    owners: (metadata.ownerReferences ?? []).map(({ kind, name, uid }) => ({ kind, name, uid })),
    managers: [...new Set((metadata.managedFields ?? []).flatMap(({ manager }) => (manager ? [manager] : [])))],
  }
}
