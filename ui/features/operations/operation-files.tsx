import { Button } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Age } from '../../components/age.js'
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
  const queryClient = useQueryClient()
  const save = useMutation({
    mutationFn: (file: Artifact) => saveFile(operation, file),
    onSettled: () => queryClient.invalidateQueries({ queryKey: queryKeys.operationArtifacts(operation) }),
  })
  if (files.data === undefined || files.data.length === 0) return null
  const columns: readonly Column<Artifact>[] = [
    { title: 'File', cell: ({ name }) => <code>{name}</code>, grow: true },
    { title: 'Size', cell: ({ bytes }) => sizeText(bytes), end: true, tight: true },
    { title: 'SHA-256', cell: ({ sha256 }) => <code title={sha256}>{sha256.slice(0, 12)}…</code>, tight: true },
    {
      title: 'Download',
      cell: (file) =>
        file.takenAt === undefined ? (
          <Button size="compact-sm" variant="default" onClick={() => save.mutate(file)} aria-label={`Download ${file.name}`}>
            {file.once ? 'Download once' : 'Download'}
          </Button>
        ) : (
          <>
            fetched <Age of={file.takenAt} suffix=" ago" />
          </>
        ),
      tight: true,
    },
  ]
  return (
    <Section title="Kept for you" note={files.data.map(noteOf).filter(isFirst).join(' ')}>
      {save.error !== null && <RequestProblem error={save.error} />}
      <DataTable caption="Files of this operation" columns={columns} rows={files.data} rowKey={(row) => row.name} />
    </Section>
  )
}

function noteOf({ once }: Artifact): string {
  if (once) return 'A secret that can be downloaded one time: the server forgets it then. Keep it safe.'
  return 'Exported before anything was deleted. kubectl apply restores it.'
}

function isFirst(note: string, index: number, notes: readonly string[]): boolean {
  return notes.indexOf(note) === index
}

async function saveFile(id: string, { name, once }: Artifact): Promise<void> {
  const call = { params: { path: { id, name } }, parseAs: 'blob' } as const
  const answer = once
    ? api.POST('/api/v1/operations/{id}/artifacts/{name}/take', call)
    : api.GET('/api/v1/operations/{id}/artifacts/{name}', call)
  const address = URL.createObjectURL(new Blob([await bodyOf<BlobPart>(answer)]))
  const link = Object.assign(document.createElement('a'), { href: address, download: name })
  link.click()
  URL.revokeObjectURL(address)
}

function sizeText(bytes: number): string {
  return bytes < 1024 ? `${bytes} bytes` : `${Math.ceil(bytes / 1024).toLocaleString('en')} KiB`
}
