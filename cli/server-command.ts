import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { Command } from 'commander'

/** Runs the server in this process, so that a signal reaches it directly. Flags go on to it unread. */
export function serverCommand(): Command {
  return new Command('server')
    .description('run the server in this process (flags are those of npm start, such as --port)')
    .allowUnknownOption()
    .allowExcessArguments()
    .helpOption(false)
    .argument('[flags...]')
    .action(runServer)
}

async function runServer(flags: string[]): Promise<void> {
  // By address rather than by import: the command is built without the server, and everything else of it is a REST client.
  const main = new URL('../server/main.js', import.meta.url)
  process.argv = [process.execPath, fileURLToPath(main), ...flags]
  await import(main.href)
}
