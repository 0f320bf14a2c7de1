import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** What test/support/missing-tool.ts left there: one line for each tool that some test lacked. */
export function readSkipped(folder) {
  return readdirSync(folder)
    .sort()
    .map((name) => readFileSync(join(folder, name), 'utf8').trim())
}
