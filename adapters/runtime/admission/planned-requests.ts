import { parse } from 'yaml'
import { z } from 'zod'
import type { KubeObject } from '../../../kube/kube-object.js'
import { Change, type PlannedObject } from '../../../proto/gen/meshwright/adapter/v1/adapter.js'
import { canonicalJson } from '../canonical-json.js'
import type { ClusterSession } from '../cluster-session.js'
import { nameOf } from '../manifests.js'
import { templateOf } from '../membership-pods.js'
import { type AdmissionRequest, newPod } from './admission-webhooks.js'
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
const Workload = z.looseObject({ spec: z.looseObject({ template: z.unknown().optional(), replicas: z.number().optional() }).prefault({}) })
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
  if (!workloads.includes(ref.kind) || !makesPods(planned)) return [own]
  const labels = () => templateOf(whole()).labels ?? {}
  return [own, { ...own, ...newPod, labels, name: `the pods of ${name}` }]
}

/** A workload that is new makes pods, and one whose template changes or that is to have more of them. */
function makesPods({ change, beforeYaml, afterYaml }: PlannedObject): boolean {
  if (change === Change.CHANGE_CREATE) return true
  if (change !== Change.CHANGE_UPDATE || beforeYaml === '' || afterYaml === '') return change === Change.CHANGE_UPDATE
  const [before, after] = [beforeYaml, afterYaml].map((text) => Workload.parse(parse(text)).spec)
  return canonicalJson(before?.template) !== canonicalJson(after?.template) || (after?.replicas ?? 1) > (before?.replicas ?? 1)
}
