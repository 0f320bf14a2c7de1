import { type Column, DataTable } from '../../components/data-table.js'
import type { Schema } from '../../lib/schema.js'

type Definition = Schema<'InstalledDefinition'>

const columns: readonly Column<Definition>[] = [
  { title: 'Definition', cell: ({ name }) => <code>{name}</code>, grow: true },
  { title: 'Version', cell: ({ version }) => version, tight: true },
  { title: 'Channel', cell: ({ channel = 'not known' }) => channel, tight: true },
  { title: 'Brought by', cell: ({ owner }) => owner },
]

/** What the Gateway API is in a cluster: its definitions, and who brought which of them. */
export function DefinitionTable({ definitions, caption }: { definitions: readonly Definition[]; caption: string }) {
  return <DataTable caption={caption} columns={columns} rows={definitions} rowKey={({ name }) => name} />
}
