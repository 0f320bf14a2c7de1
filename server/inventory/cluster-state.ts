import type { Cluster } from '../../contract/cluster.js'
import type { Failure } from '../../contract/primitives.js'
import type { AppError } from '../errors.js'
import { explainKubeFailure } from '../kubernetes/kube-problem.js'
import type { ReflectorState } from '../kubernetes/reflector.js'
import type { KindReader, KindReaders } from './kinds-read.js'

/** One of the five states, with the failure that led to it. */
export type ClusterCondition = Pick<Cluster, 'state'> & { failure?: Failure }

/**
 * The state of a cluster from the states of what is read of it; undefined while it is listed, when nothing can be said yet.
 * `wasLive`: it was read at least once since the start.
 */
export function conditionOf(
  readers: KindReaders,
  { cluster, wasLive }: { cluster: string; wasLive: boolean },
): ClusterCondition | undefined {
  const states = statesOf(readers)
  const stale = states.find(({ state }) => state === 'stale')
  if (stale) return failedCondition(explainKubeFailure(stale.error, { cluster }), wasLive)
  return isListing(readers) ? undefined : { state: 'live' }
}

/** True while any kind was not listed yet, or is listed anew after its history was lost. */
export function isListing(readers: KindReaders): boolean {
  return statesOf(readers).some(({ state }) => state === 'listing')
}

function statesOf(readers: KindReaders): ReflectorState[] {
  return Object.values(readers).flatMap((reader: KindReader<unknown>) => reader.states())
}

/** What a failure makes of a cluster: a credential that is refused is not an address that does not answer. */
export function failedCondition(error: AppError, wasLive: boolean): ClusterCondition {
  const failure = toFailure(error)
  const isCredential = error.code === 'cluster-unauthorised' || error.code === 'credential-plugin-failed'
  if (isCredential) return { state: 'unauthorised', failure }
  return { state: wasLive ? 'stale' : 'unreachable', failure }
}

// The worst place tells the state of a kind that is read in several.
const worstFirst: ReflectorState['state'][] = ['stale', 'forbidden', 'absent', 'listing', 'live']

/** Each kind with its state, its count and, when it may not be read, what goes without it. */
export function kindStates(readers: KindReaders, cluster: string): Cluster['kinds'] {
  return Object.values(readers).flatMap((reader: KindReader<unknown>) => {
    const states = reader.states()
    const worst = worstFirst.map((name) => states.find(({ state }) => state === name)).find((state) => state !== undefined)
    if (!worst) return []
    const cause = worst.error === undefined ? undefined : explainKubeFailure(worst.error, { cluster }).details.cause
    const isOff = worst.state === 'forbidden' || worst.state === 'absent'
    return {
      kind: reader.kind,
      state: worst.state,
      since: new Date(worst.since).toISOString(),
      objects: reader.snapshot().length,
      ...(isOff ? { disables: reader.disables } : {}),
      ...(cause === undefined ? {} : { cause }),
    }
  })
}

function toFailure({ code, message, details }: AppError): Failure {
  const { cause, remedy, docs } = details
  return { code, title: message, ...(cause ? { cause } : {}), ...(remedy ? { remedy } : {}), ...(docs ? { docs } : {}) }
}
