import type { ActionCall, Grant, PlanDigest, StartRequest, WatchResponse } from '../../proto/gen/meshwright/adapter/v1/adapter.js'
import { startApiCluster } from '../cluster/api-cluster.js'
import type { TestCluster } from '../cluster/test-cluster.js'
import type { PlanOutcome } from './adapter-under-test.js'

/** A real API server, and a grant for it as the broker would give one: here the token of a service account. */
export async function startGrantedCluster(): Promise<{ cluster: TestCluster; grant: Grant }> {
  const cluster = await startApiCluster()
  await cluster.kubectl(['create', 'clusterrolebinding', 'adapter', '--clusterrole=cluster-admin', '--serviceaccount=default:default'])
  return { cluster, grant: await grantFor(cluster, 'default', []) }
}

export async function grantFor(cluster: TestCluster, namespace: string, namespaces: string[]): Promise<Grant> {
  const token = await cluster.kubectl(['create', 'token', 'default', `--namespace=${namespace}`, '--duration=3h'])
  return { url: cluster.url, caPem: cluster.ca, token: token.trim(), expiresAt: undefined, namespaces, simulated: false }
}

/** A start of what was planned. */
export function startOf(
  plan: PlanOutcome,
  { operation, call, grant, ...more }: { operation: string; call: ActionCall; grant: Grant } & Partial<StartRequest>,
): StartRequest {
  return {
    operation,
    call,
    grant,
    digest: digestOf(plan),
    deadline: new Date(Date.now() + 120_000),
    resumeFrom: '',
    confirmed: [],
    ...more,
  }
}

export function digestOf(plan: PlanOutcome): PlanDigest {
  const [digest] = plan.of('digest')
  if (digest === undefined) throw new Error('the plan has no digest')
  return digest
}

/** `apply-objects running`, `apply-objects succeeded`, …, `outcome succeeded clean`: the journal without its log. */
export function journalOf(entries: readonly WatchResponse[]): string[] {
  return entries.flatMap(({ entry }) => {
    if (entry?.$case === 'step') return [`${entry.value.key} ${entry.value.state}`]
    if (entry?.$case === 'outcome') return [`outcome ${entry.value.state} ${entry.value.world}`]
    return []
  })
}

export function outcomeOf(entries: readonly WatchResponse[]) {
  const last = entries.at(-1)?.entry
  if (last?.$case !== 'outcome') throw new Error('the stream did not end with an outcome')
  return last.value
}

export function logOf(entries: readonly WatchResponse[]): string {
  return entries.flatMap(({ entry }) => (entry?.$case === 'log' ? [entry.value.message] : [])).join('\n')
}
