import type { WatchResponse } from '../../proto/gen/meshwright/adapter/v1/adapter.js'
import type { AdapterClient } from '../adapter-link/adapter-client.js'
import type { OperationDeps } from './operation-deps.js'

type Part = Extract<NonNullable<WatchResponse['entry']>, { $case: 'artifact' }>['value']

/** What a file may be called: it becomes a part of addresses, and a file on the user's disk. */
const fileName = /^[a-z0-9][A-Za-z0-9._-]{0,150}$/

/** Stores one part of a file; with the last one, checks the whole against the adapter's sum. Runs in the transaction of its entry. */
export function keepArtifactPart({ artifacts }: OperationDeps, operation: string, { name, mediaType, content, sha256, once }: Part): void {
  if (!fileName.test(name)) return
  artifacts.append({ operation, name, mediaType, once, content: Buffer.from(content) })
  if (sha256 !== '') artifacts.complete(operation, name, sha256)
}

/** Gives the adapter our word once a whole file is in the database. Without it the adapter destroys nothing. */
export async function confirmArtifact(
  { artifacts, log }: OperationDeps,
  operation: string,
  { client, entry }: { client: AdapterClient; entry: WatchResponse['entry'] },
): Promise<void> {
  if (entry?.$case !== 'artifact' || entry.value.sha256 === '') return
  const { name } = entry.value
  const sha256 = artifacts.find(operation, name)?.sha256 ?? ''
  // An adapter that cannot be told waits, gives up and says so in its outcome.
  await client
    .artifactKept({ operation, name, sha256 })
    .catch((error: unknown) => log.warn({ operation, name, err: error }, 'file not confirmed'))
}
