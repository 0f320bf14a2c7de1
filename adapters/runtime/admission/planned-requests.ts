import { parse } from 'yaml'
import type { KubeObject } from '../../../kube/kube-object.js'
import { Change, type PlannedObject } from '../../../proto/gen/meshwright/adapter/v1/adapter.js'
import type { ClusterSession } from '../cluster-session.js'
import { nameOf } from '../manifests.js'
import { templateOf } from '../membership-pods.js'
import type { AdmissionRequest } from './admission-webhooks.js'
import { labelsOfNamespace } from './namespace-labels.js'

/** A request that a plan comes to, with the object in words and the step that makes it. */
export interface PlannedRequest extends AdmissionRequest {
  name: string
  step: string
}

const operations = new Map<PlannedObject['change'], AdmissionRequest['operation']>([
  [Change.CHANGE_CREATE, 'CREATE'],
  [Change.CHANGE_UPDATE, 'UPDATE'],
  [Change.CHANGE_DELETE, 'DELETE'],
])
const pods = { group: '', version: 'v1', plural: 'pods', namespaced: true }
const workloads = ['Deployment', 'StatefulSet', 'DaemonSet', 'Job']

/** What the API server will be asked when a plan runs: its objects, and the pods that controllers make of its workloads. Kinds that are not served yet are left out. */
export async function plannedRequests(session: ClusterSession, objects: readonly PlannedObject[]): Promise<PlannedRequest[]> {
  const found = await Promise.all(objects.map((planned) => requestsOf(session, planned)))
  return found.flat()
}

async function requestsOf(session: ClusterSession, planned: PlannedObject): Promise<PlannedRequest[]> {
  const { object: ref, change, step } = planned
  const operation = operations.get(change)
  if (ref === undefined || operation === undefined) return []
  const resource = await session.resource(ref)
  if (resource === undefined) return []
  // Read when it is asked for: definitions are long.
  const whole = (): KubeObject => parse(planned.afterYaml || planned.beforeYaml)
  const isNamespace = ref.kind === 'Namespace'
  const bare = { apiVersion: ref.apiVersion, kind: ref.kind, metadata: { name: ref.name, namespace: ref.namespace } }
  const namespaceLabels = await labelsOfNamespace(session, isNamespace ? whole() : bare, resource.namespaced)
  const name = nameOf(bare)
  const own: PlannedRequest = { operation, resource, namespaceLabels, labels: () => whole().metadata.labels ?? {}, name, step }
  if (operation === 'DELETE' || !workloads.includes(ref.kind)) return [own]
  const labels = () => templateOf(whole()).labels ?? {}
  return [own, { ...own, operation: 'CREATE', resource: pods, labels, name: `the pods of ${name}` }]
}
