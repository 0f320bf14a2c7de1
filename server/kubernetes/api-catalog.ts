import type { KubeConnection } from '../../kube/connection.js'
import { discoverResources, type KubeResource } from '../../kube/discover-resources.js'
import { KubeError } from '../../kube/kube-client.js'
import type { KubeObject } from '../../kube/kube-object.js'
import { listObjects } from '../../kube/list-objects.js'

/** What the broker must know about a cluster's API to judge and to name what passes. Asked with the cluster's own credential. */
export interface ApiCatalog {
  /** Kind behind a plural; the plural itself when the cluster does not know it (any more). */
  kindOf(target: { group: string; version: string; resource: string }): Promise<string>
  /** False for groups of aggregated servers, which may take a dry run for the real thing, and when it cannot be told. */
  honoursDryRun(target: { group: string; version: string }): Promise<boolean>
}

interface ApiService extends KubeObject {
  spec?: { group?: string; version?: string; service?: unknown }
}

const askAgainAfterMs = 2_000
const localForMs = 30_000
// A fence waits for the last entry of the record, and its kind must not hold it up when the cluster is gone.
const discoveryTimeoutMs = 2_000

export function openApiCatalog(connection: KubeConnection): ApiCatalog {
  const resources = keepFor<KubeResource[]>(() => discoverResources(connection, AbortSignal.timeout(discoveryTimeoutMs)))
  const remote = keepFor<Set<string> | undefined>(() => readRemoteVersions(connection))
  return {
    async kindOf(target) {
      const known = findKind(await resources(Number.POSITIVE_INFINITY), target)
      // A CRD that this operation has just made is not in what was read before.
      return known ?? findKind(await resources(askAgainAfterMs), target) ?? target.resource
    },
    async honoursDryRun({ group, version }) {
      const versions = await remote(localForMs)
      return versions ? !versions.has(`${group}/${version}`) : builtInGroups.has(group)
    },
  }
}

function findKind(
  resources: KubeResource[],
  { group, version, resource }: { group: string; version: string; resource: string },
): string | undefined {
  return resources.find((one) => one.group === group && one.version === version && one.plural === resource)?.kind
}

// An answer that is not older than asked for; one look for all who wait. Failed looks are not kept.
function keepFor<Answer>(ask: () => Promise<Answer>): (maxAgeMs: number) => Promise<Answer> {
  let kept: { answer: Promise<Answer>; at: number } | undefined
  return (maxAgeMs) => {
    if (kept && Date.now() - kept.at < maxAgeMs) return kept.answer
    const mine = { answer: ask(), at: Date.now() }
    kept = mine
    mine.answer.catch(() => {
      if (kept === mine) kept = undefined
    })
    return mine.answer
  }
}

async function readRemoteVersions(connection: KubeConnection): Promise<Set<string> | undefined> {
  const remote = new Set<string>()
  try {
    for await (const page of listObjects<ApiService>(connection, { path: '/apis/apiregistration.k8s.io/v1/apiservices' })) {
      for (const { spec } of page.items) if (spec?.service) remote.add(`${spec.group ?? ''}/${spec.version ?? ''}`)
    }
    return remote
  } catch (error) {
    // Not allowed to look, or no aggregation at all: only what is compiled in is then known to be local.
    if (error instanceof KubeError && (error.status === 403 || error.status === 404)) return undefined
    throw error
  }
}

const builtInGroups: ReadonlySet<string> = new Set([
  '',
  'admissionregistration.k8s.io',
  'apiextensions.k8s.io',
  'apps',
  'autoscaling',
  'batch',
  'certificates.k8s.io',
  'coordination.k8s.io',
  'discovery.k8s.io',
  'events.k8s.io',
  'flowcontrol.apiserver.k8s.io',
  'networking.k8s.io',
  'node.k8s.io',
  'policy',
  'rbac.authorization.k8s.io',
  'scheduling.k8s.io',
  'storage.k8s.io',
])
