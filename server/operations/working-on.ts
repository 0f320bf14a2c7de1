import { OperationState } from '../../contract/operation.js'
import { isFinal } from './operation-state.js'
import type { OperationStore } from './operation-store.js'

const unfinished = OperationState.options.filter((state) => !isFinal(state))

/** What still works on a cluster, in words for a refusal to remove it; undefined when nothing does. */
export function workingOn(store: OperationStore, cluster: string): string | undefined {
  const row = store.inStates(unfinished).find((operation) => operation.cluster === cluster)
  return row && `operation ${row.id} (${row.request.action} ${row.mesh}), which is ${row.state}`
}
