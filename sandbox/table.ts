import { type Json, type JsonMap, listOf, mapOf } from './json.js'
import { at } from './json-parts.js'
import type { KubeObject } from './kube-object.js'
import { listMeta, metadataOnly } from './object-forms.js'
import type { ObjectList } from './read-objects.js'
import type { ResourceType } from './resource-types.js'

type Column = [name: string, type: 'string' | 'integer', value: (object: KubeObject) => Json]

const nameColumn: Column = ['Name', 'string', ({ metadata }) => metadata.name]
const path = (where: string) => (object: KubeObject) => at(object, where) ?? ''

/** Columns between name and age, as kubectl shows them. */
const columns: Record<string, Column[]> = {
  Pod: [
    ['Ready', 'string', readyContainers],
    ['Status', 'string', (pod) => (pod.metadata.deletionTimestamp ? 'Terminating' : waitingReason(pod) || path('status.phase')(pod))],
    [
      'Restarts',
      'string',
      (pod) =>
        String(listOf(at(pod, 'status.containerStatuses')).reduce<number>((sum, one) => sum + Number(mapOf(one).restartCount ?? 0), 0)),
    ],
  ],
  Deployment: [
    ['Ready', 'string', (object) => `${at(object, 'status.readyReplicas') ?? 0}/${at(object, 'spec.replicas') ?? 0}`],
    ['Up-to-date', 'integer', (object) => at(object, 'status.updatedReplicas') ?? 0],
    ['Available', 'integer', (object) => at(object, 'status.availableReplicas') ?? 0],
  ],
  Namespace: [['Status', 'string', path('status.phase')]],
  Service: [
    ['Type', 'string', path('spec.type')],
    ['Cluster-IP', 'string', path('spec.clusterIP')],
  ],
}

function readyContainers(pod: KubeObject): string {
  const statuses = listOf(at(pod, 'status.containerStatuses')).map(mapOf)
  return `${statuses.filter(({ ready }) => ready === true).length}/${listOf(at(pod, 'spec.containers')).length}`
}

function waitingReason(pod: KubeObject): string {
  const waiting = listOf(at(pod, 'status.containerStatuses')).map((one) => at(one, 'state.waiting.reason'))
  return String(waiting.find((reason) => typeof reason === 'string') ?? '')
}

/** A list as kubectl asks for it: cells, and the metadata of each object beside them. */
export function toTable({ kind }: ResourceType, page: ObjectList, now: number): JsonMap {
  const all: Column[] = [
    nameColumn,
    ...(columns[kind] ?? []),
    ['Age', 'string', ({ metadata }) => age(now - Date.parse(metadata.creationTimestamp))],
  ]
  return {
    kind: 'Table',
    apiVersion: 'meta.k8s.io/v1',
    metadata: listMeta(page),
    columnDefinitions: all.map(([name, type]) => ({ name, type, format: name === 'Name' ? 'name' : '', description: '', priority: 0 })),
    rows: page.items.map((object) => ({ cells: all.map(([, , value]) => value(object)), object: metadataOnly(object) })),
  }
}

function age(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000))
  if (seconds < 120) return `${seconds}s`
  if (seconds < 7_200) return `${Math.floor(seconds / 60)}m`
  return seconds < 172_800 ? `${Math.floor(seconds / 3_600)}h` : `${Math.floor(seconds / 86_400)}d`
}
