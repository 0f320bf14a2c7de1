import type { KubeObject } from '../../../kube/kube-object.js'
import { listObjects } from '../../../kube/list-objects.js'
import type { Finding } from '../../../proto/gen/meshwright/adapter/v1/adapter.js'
import type { ClusterSession } from '../cluster-session.js'
import { nameOf, refOf } from '../manifests.js'
import { warningFinding } from '../plan-findings.js'
import { notOver } from '../pod-belonging.js'
import { whenForbidden } from '../when-forbidden.js'
import { byteText, coreText, readQuantity } from './quantity.js'

/** Cores and bytes of memory. */
interface Room {
  cpu: number
  memory: number
}

/** A node with what is left on it. */
interface NodeRoom {
  name: string
  free: Room
}

/**
 * Workloads of which not even one pod would find room: no node that takes pods has what it requests (kube-scheduler's
 * NodeResourcesFit: allocatable less the requests of the pods that are there). Taints and affinities are not looked at, so
 * that this warns and refuses nothing.
 */
export async function checkCapacity(session: ClusterSession, workloads: readonly KubeObject[]): Promise<Finding[]> {
  const wanting = workloads.filter(({ kind, spec }) => (kind === 'Deployment' || kind === 'StatefulSet') && !isScaledDown(spec))
  if (wanting.length === 0) return []
  const nodes = await roomOn(session)
  // Without a node that can be seen, nothing is known; a cluster whose nodes come when they are needed looks so, too.
  if (nodes.length === 0) return []
  return wanting.flatMap((workload) => {
    const needed = requestsOf(podOf(workload))
    const fits = nodes.some(({ free }) => free.cpu >= needed.cpu && free.memory >= needed.memory)
    return fits ? [] : [noRoom(workload, needed, nodes)]
  })
}

function noRoom(workload: KubeObject, needed: Room, nodes: readonly NodeRoom[]): Finding {
  const most = (key: keyof Room) => Math.max(...nodes.map(({ free }) => free[key]))
  return warningFinding({
    code: 'no-room',
    message: `No node has room for a pod of ${nameOf(workload)}, which requests ${coreText(needed.cpu)} CPU and ${byteText(needed.memory)}.`,
    cause: `The most that is free on one of ${nodes.length} ${nodes.length === 1 ? 'node' : 'nodes'}: ${coreText(Math.max(0, most('cpu')))} CPU, ${byteText(Math.max(0, most('memory')))}.`,
    remedy: 'Set smaller requests in its values, or add a node; a cluster that adds nodes by itself needs neither.',
    object: refOf(workload),
  })
}

const known = new WeakMap<ClusterSession, Promise<NodeRoom[]>>()

/** What is free on each node that takes pods. A session sees the cluster at one time. */
function roomOn(session: ClusterSession): Promise<NodeRoom[]> {
  const room = known.get(session) ?? readRoom(session)
  known.set(session, room)
  room.catch(() => known.delete(session))
  return room
}

async function readRoom(session: ClusterSession): Promise<NodeRoom[]> {
  const [nodes, used] = await Promise.all([
    whenForbidden(session.list({ apiVersion: 'v1', kind: 'Node' }), []),
    whenForbidden(readUsed(session), undefined),
  ])
  if (used === undefined) return []
  return nodes.filter(takesPods).map((node) => {
    const { allocatable = {} } = (node.status ?? {}) as { allocatable?: Record<string, string> }
    const name = node.metadata.name ?? ''
    const taken = used.get(name) ?? none
    const all = roomOf(allocatable)
    return { name, free: { cpu: all.cpu - taken.cpu, memory: all.memory - taken.memory } }
  })
}

// Page by page: of thousands of pods only the sums are kept.
async function readUsed(session: ClusterSession): Promise<Map<string, Room>> {
  const used = new Map<string, Room>()
  const pods = listObjects(session.connection, { path: '/api/v1/pods', fieldSelector: `spec.nodeName!=,${notOver}` })
  for await (const { items } of pods) {
    for (const { spec } of items) {
      const { nodeName = '', ...pod } = (spec ?? {}) as PodSpec
      used.set(nodeName, sum(used.get(nodeName) ?? none, requestsOf(pod)))
    }
  }
  return used
}

function isScaledDown(spec: unknown): boolean {
  return (spec as { replicas?: number } | undefined)?.replicas === 0
}

function takesPods({ spec }: KubeObject): boolean {
  const { unschedulable, taints = [] } = (spec ?? {}) as { unschedulable?: boolean; taints?: { effect?: string }[] }
  return unschedulable !== true && taints.every(({ effect }) => effect === 'PreferNoSchedule')
}

// Charts leave a field empty where nothing is set, which is null.
interface PodSpec {
  nodeName?: string
  containers?: Container[] | null
  initContainers?: Container[] | null
}

interface Container {
  restartPolicy?: string
  resources?: { requests?: Amounts | null; limits?: Amounts | null } | null
}

type Amounts = Record<string, string>

function podOf({ spec }: KubeObject): PodSpec {
  return (spec as { template?: { spec?: PodSpec } } | undefined)?.template?.spec ?? {}
}

const none: Room = { cpu: 0, memory: 0 }

/** What the scheduler counts for a pod: its containers and native sidecars together, or its largest step at the start. */
export function requestsOf({ containers, initContainers }: PodSpec): Room {
  const steps = initContainers ?? []
  const sidecars = steps.filter(({ restartPolicy }) => restartPolicy === 'Always')
  const running = [...(containers ?? []), ...sidecars].map(requested).reduce(sum, none)
  const passing = steps.filter((each) => !sidecars.includes(each)).map(requested)
  return passing.reduce((most, step) => ({ cpu: Math.max(most.cpu, step.cpu), memory: Math.max(most.memory, step.memory) }), running)
}

// A limit without a request is the request (the API server's own default).
function requested({ resources }: Container): Room {
  return roomOf({ ...resources?.limits, ...resources?.requests })
}

function roomOf({ cpu, memory }: Amounts): Room {
  return { cpu: readQuantity(cpu), memory: readQuantity(memory) }
}

function sum(left: Room, right: Room): Room {
  return { cpu: left.cpu + right.cpu, memory: left.memory + right.memory }
}
