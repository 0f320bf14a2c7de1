import { Button } from '@mantine/core'
import { useMutation, useQuery } from '@tanstack/react-query'
import { type Column, DataTable } from '../../components/data-table.js'
import { RequestProblem } from '../../components/request-problem.js'
import { Section } from '../../components/section.js'
import { api, bodyOf } from '../../lib/api-client.js'
import { queryKeys } from '../../lib/query-keys.js'
import type { Schema } from '../../lib/schema.js'

type Artifact = Schema<'OperationArtifact'>

/**
 * The files that an operation kept, such as the export of what it deleted; nothing at all when there is none.
 * Each is fetched with the session, which a plain link could not carry, and saved by the browser.
 */
export function OperationFiles({ operation }: { operation: string }) {
  const files = useQuery({
    queryKey: queryKeys.operationArtifacts(operation),
    queryFn: async ({ signal }) =>
      (await bodyOf(api.GET('/api/v1/operations/{id}/artifacts', { params: { path: { id: operation } }, signal }))).items,
  })
  const save = useMutation({ mutationFn: (name: string) => saveFile(operation, name) })
  if (files.data === undefined || files.data.length === 0) return null
  const columns: readonly Column<Artifact>[] = [
    { title: 'File', cell: ({ name }) => <code>{name}</code>, grow: true },
    { title: 'Size', cell: ({ bytes }) => sizeText(bytes), end: true, tight: true },
    { title: 'SHA-256', cell: ({ sha256 }) => <code title={sha256}>{sha256.slice(0, 12)}…</code>, tight: true },
    {
      title: 'Download',
      cell: ({ name }) => (
        <Button size="compact-sm" variant="default" onClick={() => save.mutate(name)} aria-label={`Download ${name}`}>
          Download
        </Button>
      ),
      tight: true,
    },
  ]
  return (
    <Section title="Kept for you" note="Exported before anything was deleted. kubectl apply restores it.">
      {save.error !== null && <RequestProblem error={save.error} />}
      <DataTable caption="Files of this operation" columns={columns} rows={files.data} rowKey={(row) => row.name} />
    </Section>
  )
}

async function saveFile(id: string, name: string): Promise<void> {
  const call = api.GET('/api/v1/operations/{id}/artifacts/{name}', { params: { path: { id, name } }, parseAs: 'blob' })
  const address = URL.createObjectURL(new Blob([await bodyOf<BlobPart>(call)]))
  const link = Object.assign(document.createElement('a'), { href: address, download: name })
  link.click()
  URL.revokeObjectURL(address)
}

function sizeText(bytes: number): string {
  return bytes < 1024 ? `${bytes} bytes` : `${Math.ceil(bytes / 1024).toLocaleString('en')} KiB`
}
