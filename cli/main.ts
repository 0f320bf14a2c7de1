#!/usr/bin/env node
import process from 'node:process'
import { Command, CommanderError } from 'commander'
import { adapterCommands } from './adapter-commands.js'
import { certificatesCommand } from './check-commands.js'
import { CliError } from './cli-error.js'
import { clusterCommands } from './cluster-commands.js'
import { eventCommands } from './event-commands.js'
import { explainCommand } from './explain-command.js'
import { meshCommands } from './mesh-commands.js'
import { namespaceCommands } from './namespace-commands.js'
import { openCommand } from './open-command.js'
import { operationCommands } from './operation-commands.js'
import { rolloutCommands } from './rollout-commands.js'
import { sampleCommands } from './sample-commands.js'
import { serverCommand } from './server-command.js'
import { statusCommand } from './status-command.js'

// In the order of a first day: run it, open it, look, connect, install, watch.
const commands = [
  serverCommand(),
  openCommand(),
  statusCommand(),
  clusterCommands(),
  adapterCommands(),
  meshCommands(),
  sampleCommands(),
  certificatesCommand(),
  namespaceCommands(),
  explainCommand(),
  operationCommands(),
  rolloutCommands(),
  eventCommands(),
]

await run(process.argv)

async function run(argv: string[]): Promise<void> {
  const program = new Command('meshwright').description('Finds, installs, checks and removes service meshes on your Kubernetes clusters.')
  for (const command of commands) program.addCommand(command)
  for (const command of withDescendants(program)) command.exitOverride().showHelpAfterError('(add --help for what it takes)')
  try {
    await program.parseAsync(argv)
  } catch (error) {
    process.exitCode = explain(error)
  }
}

function withDescendants(command: Command): Command[] {
  return [command, ...command.commands.flatMap(withDescendants)]
}

/** Tells an error as what, why, do this; the exit code: 1 the work failed, 2 it was called wrongly. */
function explain(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2
  if (isTimeout(error))
    return explain(new CliError('It took longer than --timeout.', { remedy: 'Give a longer one, such as --timeout 30m.' }))
  if (!(error instanceof CliError)) throw error
  const lines = [error.message]
  if (error.why) lines.push(`  why:     ${error.why}`)
  if (error.remedy) lines.push(`  do this: ${error.remedy}`)
  process.stderr.write(`${lines.join('\n')}\n`)
  return error.exitCode
}

function isTimeout(error: unknown): boolean {
  return error instanceof Error && (error.name === 'TimeoutError' || (error.cause instanceof Error && error.cause.name === 'TimeoutError'))
}
