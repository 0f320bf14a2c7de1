import type { QueryKey } from '@tanstack/react-query'
import { queryKeys } from '../lib/query-keys.js'
import type { Schema } from '../lib/schema.js'
import type { Tick } from './live-messages.js'

type Event = Schema<'Event'>

// Which cached answers an event makes stale. A kind that a newer server adds is missing here and makes nothing stale.
const staleBy: Record<Event['kind'], (event: Event) => QueryKey[]> = {
  'cluster.added': () => [queryKeys.clusters, queryKeys.contexts],
  // It may have been reset, or have begun anew by itself.
  'cluster.changed': ({ subject }) => [queryKeys.clusters, queryKeys.sandbox(subject)],
  'cluster.removed': () => [queryKeys.clusters, queryKeys.contexts, queryKeys.installations, queryKeys.namespaces],
  'installation.changed': () => [queryKeys.installations],
  'membership.changed': () => [queryKeys.namespaces],
  'adapter.changed': () => [queryKeys.adapters, queryKeys.meshes],
  'checks.done': () => [queryKeys.checks, queryKeys.certificates],
  'plan.changed': ({ subject }) => [queryKeys.plan(subject)],
  // One rollout, and the list of all.
  'rollout.changed': () => [queryKeys.rollouts],
  // A step of an operation moves no rollout.
  'operation.changed': ({ subject, data }) => [
    queryKeys.operations,
    ...(data.step === undefined ? [queryKeys.rollouts] : []),
    queryKeys.operation(subject),
    queryKeys.operationObjects(subject),
    queryKeys.operationArtifacts(subject),
    queryKeys.operationLog(subject),
  ],
}

/** The distinct query keys that a batch of events and ticks makes stale. */
export function queryKeysOf(events: Event[], ticks: Tick[]): QueryKey[] {
  const keys = new Map<string, QueryKey>()
  for (const { topic, subject } of ticks) {
    if (topic === 'operation.log') keys.set(`log ${subject}`, queryKeys.operationLog(subject))
  }
  for (const event of events) {
    const kind: string = event.kind
    if (!Object.hasOwn(staleBy, kind)) continue
    for (const key of staleBy[event.kind](event)) keys.set(JSON.stringify(key), key)
    keys.set('events', queryKeys.events)
  }
  return [...keys.values()]
}
