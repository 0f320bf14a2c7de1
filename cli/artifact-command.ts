import { open, rm } from 'node:fs/promises'
import type { Command } from 'commander'
import { OperationArtifact } from '../contract/operation.js'
import { CliError } from './cli-error.js'
import { type OutputOption, openContext, withOutput } from './command-context.js'
import { printList, type ResourceView } from './print-resource.js'

interface ArtifactOptions extends OutputOption {
  to?: string
}

const artifactView: ResourceView<OperationArtifact> = {
  name: (artifact) => `artifact/${artifact.name}`,
  none: 'This operation kept no file.',
  columns: [
    { title: 'NAME', value: (artifact) => artifact.name },
    { title: 'BYTES', value: (artifact) => String(artifact.bytes) },
    { title: 'FETCH', value: ({ once, takenAt }) => (takenAt ? 'was fetched' : once ? 'one time' : 'any time') },
    { title: 'SHA-256', value: (artifact) => artifact.sha256 },
  ],
}

/** `operation artifact`: lists the files that an operation kept, or prints one, or writes it to a file that must be new. */
export function artifactCommand(operation: Command): void {
  withOutput(operation.command('artifact').description('files that an operation kept, such as an export of what it deleted'))
    .argument('<id>')
    .argument('[name]', 'print this file to stdout')
    .option('--to <file>', 'write it there instead')
    .action(artifact)
}

async function artifact(id: string, name: string | undefined, options: ArtifactOptions): Promise<void> {
  const { api, terminal } = openContext(options)
  const path = `/operations/${encodeURIComponent(id)}/artifacts`
  const files = await api.list(path, OperationArtifact)
  if (name === undefined) return printList({ terminal, format: options.output }, artifactView, files)
  const file = `${path}/${encodeURIComponent(name)}`
  const isOnce = files.value.some((each) => each.name === name && each.once)
  const how = isOnce ? { path: `${file}/take`, method: 'POST' as const } : { path: file }
  const fetchFile = async () => {
    const response = await api.open({ ...how, headers: { accept: '*/*' }, signal: AbortSignal.timeout(downloadMs) })
    return Buffer.from(await response.arrayBuffer())
  }
  if (options.to === undefined) return terminal.data((await fetchFile()).toString().replace(/\n$/, ''))
  await writeNew(options.to, fetchFile)
  terminal.talk(`Written to ${options.to}.`)
}

/** Makes the file first: what can be fetched one time is fetched only when there is a place for it. */
async function writeNew(path: string, fetchFile: () => Promise<Buffer>): Promise<void> {
  const file = await open(path, 'wx', 0o600).catch((error: unknown) => {
    const why = error instanceof Error ? error.message : String(error)
    throw new CliError(`The file could not be written to ${path}.`, { why, remedy: 'Choose a file that does not exist yet.', from: error })
  })
  try {
    await file.writeFile(await fetchFile())
  } catch (error) {
    await rm(path, { force: true })
    throw error
  } finally {
    await file.close()
  }
}

const downloadMs = 60_000
