import { isDeepStrictEqual } from 'node:util'
import type { TestCluster } from '../cluster/test-cluster.js'
import { waitFor } from './running-server.js'

export interface ListedObject {
  apiVersion: string
  kind: string
  namespace: string
  name: string
  uid: string
  resourceVersion: string
  labels: Record<string, string>
  owners: string[]
}

// Heartbeats and reports go on by themselves (kubelet writes them into its Node, too); everything else stands still.
const restless = new Set(['leases.coordination.k8s.io', 'events', 'events.events.k8s.io', 'nodes'])

/** Every object of the cluster as kubectl lists it, sorted: the independent truth that our own listing is held against. */
export async function listEverything(cluster: Pick<TestCluster, 'kubectl'>): Promise<ListedObject[]> {
  const names = await cluster.kubectl(['api-resources', '--verbs=list', '--output=name'])
  const resources = names.split('\n').filter((name) => name !== '' && !restless.has(name))
  const text = await cluster.kubectl(['get', resources.join(','), '--all-namespaces', '--output=json', '--ignore-not-found'])
  const { items }: { items: KubectlItem[] } = text === '' ? { items: [] } : JSON.parse(text)
  return items
    .map(({ apiVersion, kind, metadata }) => ({
      apiVersion,
      kind,
      namespace: metadata.namespace ?? '',
      name: metadata.name,
      uid: metadata.uid ?? '',
      resourceVersion: metadata.resourceVersion ?? '',
      labels: metadata.labels ?? {},
      owners: (metadata.ownerReferences ?? []).map(({ uid }) => uid),
    }))
    .filter(({ kind, uid }) => kind !== 'ComponentStatus' && uid !== '')
    .sort((one, other) => `${one.kind}${one.namespace}${one.name}`.localeCompare(`${other.kind}${other.namespace}${other.name}`))
}

/** The same, once two listings in a row are alike: kubelet reports on a pod for some time after it is ready. */
export async function listSettled(cluster: Pick<TestCluster, 'kubectl'>): Promise<ListedObject[]> {
  let last: ListedObject[] = []
  const listAgain = async () => {
    const before = last
    last = await listEverything(cluster)
    return isDeepStrictEqual(last, before)
  }
  await waitFor(listAgain, (isAlike) => isAlike)
  return last
}

interface KubectlItem {
  apiVersion: string
  kind: string
  metadata: {
    namespace?: string
    name: string
    uid?: string
    resourceVersion?: string
    labels?: Record<string, string>
    ownerReferences?: { uid: string }[]
  }
}
