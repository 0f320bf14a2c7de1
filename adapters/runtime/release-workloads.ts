import { applyObject } from '../../kube/apply-object.js'
import type { KubeObject } from '../../kube/kube-object.js'
import { objectPath } from '../../kube/object-paths.js'
import type { ClusterSession } from './cluster-session.js'
import { operationMark } from './helm-releases.js'
import { nameOf, refOf } from './manifests.js'
import type { StepLog } from './mesh-adapter.js'
import { podProblems } from './pod-problems.js'
import { readinessOf } from './workload-readiness.js'

const kinds = ['Deployment', 'DaemonSet', 'StatefulSet'] as const

/** A release is known by its name in its namespace. */
export interface ReleaseName {
  release: string
  namespace: string
}

/** The workloads that carry a release's name in its namespace. */
async function releaseWorkloads(session: ClusterSession, { release, namespace }: ReleaseName): Promise<KubeObject[]> {
  const lists = await Promise.all(kinds.map((kind) => session.list({ apiVersion: 'apps/v1', kind }, { namespace })))
  return lists.flat().filter(({ metadata }) => metadata.annotations?.['meta.helm.sh/release-name'] === release)
}

/** What keeps a release from being ready, in the words of its pods. */
export async function releaseProblems(session: ClusterSession, name: ReleaseName): Promise<string[]> {
  const workloads = (await releaseWorkloads(session, name)).filter((workload) => !readinessOf(workload).ready)
  const problems = await Promise.all(workloads.map((workload) => podProblems(session, workload)))
  return [...workloads.map((workload) => `${nameOf(workload)}: ${readinessOf(workload).detail}`), ...problems.flat()]
}

const pollMs = 2_000

/** Logs each change of the release's workloads while helm waits for them, which helm itself keeps silent about. Returns its end. */
export function followRelease(session: ClusterSession, name: ReleaseName, log: StepLog): () => void {
  const told = new Set<string>()
  const tell = (level: 'info' | 'warning', message: string, workload?: KubeObject) => {
    if (told.has(message)) return
    told.add(message)
    log(level, message, workload ? { object: refOf(workload) } : {})
  }
  const look = async () => {
    for (const workload of await releaseWorkloads(session, name)) {
      const { ready, detail } = readinessOf(workload)
      tell('info', `${nameOf(workload)}: ${detail}`, workload)
      if (!ready) for (const problem of await podProblems(session, workload)) tell('warning', problem, workload)
    }
  }
  // A look that fails is only a line less in the log: helm's own word counts.
  const timer = setInterval(() => void look().catch(() => undefined), pollMs)
  return () => clearInterval(timer)
}

// A manager of its own: a manifest that somebody applies as `meshwright` must not take the mark away.
const markManager = 'meshwright-mark'

/**
 * Says on the workloads themselves that we installed them, for those who may not read release records. Only metadata, under
 * our own field manager: helm neither removes it nor conflicts with it, and no pod restarts.
 */
export async function markWorkloads(session: ClusterSession, name: ReleaseName, operation: string): Promise<void> {
  for (const workload of await releaseWorkloads(session, name)) {
    const { apiVersion, kind } = workload
    const place = { name: workload.metadata.name ?? '', namespace: name.namespace }
    const resource = await session.resource(workload)
    if (resource === undefined) continue
    const object = { apiVersion, kind, metadata: { ...place, annotations: { [operationMark]: operation } } }
    await applyObject(session.connection, { path: objectPath(resource, place), object, fieldManager: markManager })
  }
}
