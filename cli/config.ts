import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import process from 'node:process'

/** What the environment says to the command; flags win over it. */
export interface CliConfig {
  dataDir: string
  server: string | undefined
  token: string | undefined
  noColor: boolean
}

/** The only place of the command that reads the environment. */
export function readCliConfig(flags: { dataDir?: string | undefined }): CliConfig {
  const { MESHWRIGHT_DATA_DIR, MESHWRIGHT_SERVER, MESHWRIGHT_TOKEN, NO_COLOR } = process.env
  return {
    dataDir: resolve(flags.dataDir || MESHWRIGHT_DATA_DIR || join(homedir(), '.meshwright')),
    server: MESHWRIGHT_SERVER || undefined,
    token: MESHWRIGHT_TOKEN || undefined,
    noColor: Boolean(NO_COLOR),
  }
}
