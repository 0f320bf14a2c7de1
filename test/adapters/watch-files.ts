import type { WatchResponse } from '../../proto/gen/meshwright/adapter/v1/adapter.js'
import type { AdapterUnderTest } from './adapter-under-test.js'

/** Follows an operation to its end as the server does: keeps its files, and says so. Files by name, as text. */
export async function watchFiles(
  { client, metadata }: AdapterUnderTest,
  operation: string,
  onEntry: (entry: WatchResponse) => void = () => {},
): Promise<{ entries: WatchResponse[]; files: Record<string, string> }> {
  const entries: WatchResponse[] = []
  const parts: Record<string, Buffer[]> = {}
  for await (const response of client.watch({ operation, afterIncarnation: '', afterN: 0n }, metadata)) {
    entries.push(response)
    onEntry(response)
    if (response.entry?.$case !== 'artifact') continue
    const { name, sha256, content } = response.entry.value
    parts[name] = [...(parts[name] ?? []), Buffer.from(content)]
    if (sha256 === '') continue
    await new Promise<void>((told, failed) => {
      client.artifactKept({ operation, name, sha256 }, metadata, (error) => (error ? failed(error) : told()))
    })
  }
  const files = Object.entries(parts).map(([name, chunks]) => [name, Buffer.concat(chunks).toString()])
  return { entries, files: Object.fromEntries(files) }
}
