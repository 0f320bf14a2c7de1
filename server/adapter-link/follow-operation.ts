import type { WatchResponse } from '../../proto/gen/meshwright/adapter/v1/adapter.js'
import { AppError } from '../errors.js'
import type { AdapterRegistry } from './adapter-registry.js'

export interface Position {
  incarnation: string
  n: bigint
}

export interface FollowOptions {
  registry: AdapterRegistry
  mesh: string
  operation: string
  after: Position
  signal: AbortSignal
}

const attempts = 3

/**
 * The entries of one operation, in order, each once; ends after the outcome. A broken stream is resumed after the last
 * entry as long as the same incarnation lives. Throws `interrupted` when it does not: nothing is ever started twice.
 */
export async function* followOperation({ registry, mesh, operation, after, signal }: FollowOptions): AsyncGenerator<WatchResponse> {
  let last = after
  let failure: unknown
  for (let attempt = 0; attempt < attempts; attempt++) {
    const client = registry.connected(mesh)
    if (client === undefined || client.incarnation !== after.incarnation) break
    try {
      for await (const entry of client.watch({ operation, afterIncarnation: last.incarnation, afterN: last.n }, signal)) {
        last = { incarnation: entry.incarnation, n: entry.n }
        attempt = 0
        yield entry
        if (entry.entry?.$case === 'outcome') return
      }
    } catch (error) {
      failure = error
    }
    signal.throwIfAborted()
  }
  throw new AppError('interrupted', `The ${mesh} adapter was lost while it worked.`, {
    cause: registry.status(mesh).cause ?? (failure instanceof Error ? failure.message : 'The stream of its progress ended early.'),
    remedy: 'Meshwright looks at the cluster next and says what is there; then resume or retry the operation.',
    from: failure,
  })
}
