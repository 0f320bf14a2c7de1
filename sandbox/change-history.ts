import type { KubeObject } from './kube-object.js'
import type { ResourceType } from './resource-types.js'

/** One change, as watches tell it. `previous` is what stood there before, for selectors that no longer match. */
export interface StoreChange {
  type: 'ADDED' | 'MODIFIED' | 'DELETED'
  object: KubeObject
  previous?: KubeObject
  resource: ResourceType
  at: number
}

/** The last changes, and who wants to hear of the next. */
export interface ChangeHistory {
  add(change: StoreChange): void
  /** Changes after that version, in order; `gone` when it is too long ago, or of a store that counted further than this one. */
  since(version: number): readonly StoreChange[] | 'gone'
  subscribe(listener: (change: StoreChange) => void): () => void
  /** Everything up to that version is too long ago. */
  forget(version: number): void
}

// Some minutes of a busy cluster: as the API server's own watch cache, history is short.
const keptChanges = 4_000

export function createChangeHistory(firstVersion: number): ChangeHistory {
  const listeners = new Set<(change: StoreChange) => void>()
  let changes: StoreChange[] = []
  let forgottenUpTo = firstVersion - 1
  let lastVersion = firstVersion
  return {
    add(change) {
      changes.push(change)
      lastVersion = change.at
      if (changes.length > 2 * keptChanges) {
        changes = changes.slice(-keptChanges)
        forgottenUpTo = (changes[0]?.at ?? change.at) - 1
      }
      for (const listener of [...listeners]) listener(change)
    },
    since(version) {
      const isKnown = version >= forgottenUpTo && version <= lastVersion
      return isKnown ? changes.filter(({ at }) => at > version) : 'gone'
    },
    subscribe(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    forget(version) {
      changes = []
      forgottenUpTo = version
      lastVersion = version
    },
  }
}
