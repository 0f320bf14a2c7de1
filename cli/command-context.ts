import { type Command, InvalidArgumentError, Option } from 'commander'
import { type ApiClient, connectApi } from './api-client.js'
import { readCliConfig } from './config.js'
import { type OutputFormat, outputFormats } from './print-resource.js'
import { findServer } from './server-address.js'
import { openTerminal, type Terminal } from './terminal.js'

/** What every command gets: the server it talks to, and where it speaks. */
export interface CommandContext {
  api: ApiClient
  terminal: Terminal
}

/** Where the server is; the flags win over the environment, and that over the data folder. */
export interface ServerOption {
  server?: string
  dataDir?: string
}

/** `-o`, with `table` when it is not given. */
export interface OutputOption extends ServerOption {
  output: OutputFormat
}

/** `--timeout` is in milliseconds when a command sees it. */
export interface WaitOption {
  wait?: boolean
  timeout: number
}

/** Reads the environment and finds the server; throws CliError when there is no token to call it with. */
export function openContext({ server, dataDir }: ServerOption): CommandContext {
  const config = readCliConfig({ dataDir })
  return { api: connectApi(findServer(config, server)), terminal: openTerminal(config) }
}

/** The flags that say where the server is. */
export function withServer(command: Command): Command {
  return command
    .option('--server <url>', 'address of the server (default: that of the data folder)')
    .option('--data-dir <folder>', 'data folder of a server on this machine (default: ~/.meshwright)')
}

/** `-o` and where the server is, on each command that reads or changes something of it. */
export function withOutput(command: Command, formats: readonly string[] = outputFormats): Command {
  return withServer(command.addOption(new Option('-o, --output <format>', 'how to print').choices([...formats]).default('table')))
}

/** `--wait` and `--timeout`, on each command that starts work. */
export function withWait(command: Command): Command {
  return command
    .option('--wait', 'follow the operation to its end')
    .addOption(
      new Option('--timeout <duration>', 'longest time to wait, such as 90s or 1h').argParser(parseDuration).default(1_800_000, '30m'),
    )
}

/** For a flag that may be given several times. */
export function collectFlag(value: string, previous: string[] = []): string[] {
  return [...previous, value]
}

/** `90s`, `15m`, `1h` or plain seconds, as milliseconds. */
export function parseDuration(text: string): number {
  const [, figure, unit = 's'] = /^(\d+(?:\.\d+)?)(ms|s|m|h)?$/.exec(text) ?? []
  if (figure === undefined) throw new InvalidArgumentError('Give a duration such as 90s, 15m or 1h.')
  return Number(figure) * (millisecondsOf[unit] ?? 1000)
}

const millisecondsOf: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 }
