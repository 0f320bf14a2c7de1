import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { CliError } from './cli-error.js'
import type { CliConfig } from './config.js'

/** What a call needs: where, and the token that proves who. */
export interface ServerAddress {
  /** Origin without a trailing slash. */
  url: string
  token: string
}

// Where a server listens that was started without settings.
const defaultUrl = 'http://127.0.0.1:7878'

// A running server writes where it listens into its data folder; other fields of the file are for people.
const ServerFile = z.object({ url: z.url() })

/** Where the server is, by flag, environment or the data folder of one on this machine, and the token for it. */
export function findServer(config: CliConfig, flag: string | undefined): ServerAddress {
  const url = flag ?? config.server ?? readServerFile(config.dataDir) ?? defaultUrl
  if (!URL.canParse(url)) {
    throw new CliError(`${url} is not an address.`, { remedy: `Give one such as ${defaultUrl}.`, exitCode: 2 })
  }
  return { url: url.replace(/\/+$/, ''), token: config.token ?? readToken(config.dataDir) }
}

function readServerFile(dataDir: string): string | undefined {
  const file = join(dataDir, 'server.json')
  return existsSync(file) ? ServerFile.safeParse(JSON.parse(readFileSync(file, 'utf8'))).data?.url : undefined
}

function readToken(dataDir: string): string {
  const file = join(dataDir, 'token')
  if (existsSync(file)) return readFileSync(file, 'utf8').trim()
  throw new CliError('There is no token to call the server with.', {
    why: `${file} does not exist: no server has run with this data folder.`,
    remedy: 'Start one with meshwright server, or set MESHWRIGHT_DATA_DIR to its folder, or MESHWRIGHT_TOKEN.',
  })
}
