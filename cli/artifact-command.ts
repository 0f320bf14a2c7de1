import { writeFile } from 'node:fs/promises'
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
  if (name === undefined) return printList({ terminal, format: options.output }, artifactView, await api.list(path, OperationArtifact))
  const response = await api.open(`${path}/${encodeURIComponent(name)}`, { accept: '*/*' }, AbortSignal.timeout(downloadMs))
  const content = Buffer.from(await response.arrayBuffer())
  if (options.to === undefined) return terminal.data(content.toString().replace(/\n$/, ''))
  await writeFile(options.to, content, { flag: 'wx', mode: 0o600 }).catch((error: unknown) => {
    const why = error instanceof Error ? error.message : String(error)
    throw new CliError(`The file could not be written to ${options.to}.`, {
      why,
      remedy: 'Choose a file that does not exist yet.',
      from: error,
    })
  })
  terminal.talk(`Written to ${options.to}.`)
}

const downloadMs = 60_000
