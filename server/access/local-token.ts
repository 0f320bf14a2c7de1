import { randomBytes } from 'node:crypto'
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/**
 * The token of whoever may read `<data dir>/token` (0600): the user who started the server, and that user's CLI.
 * Made at the first start; deleting the file makes a new one at the next.
 */
export function readLocalToken(dataDir: string): string {
  const file = join(dataDir, 'token')
  const kept = existsSync(file) ? readFileSync(file, 'utf8').trim() : ''
  const token = /^[\w-]{43}$/.test(kept) ? kept : randomBytes(32).toString('base64url')
  if (token !== kept) writeFileSync(file, `${token}\n`, { mode: 0o600 })
  chmodSync(file, 0o600)
  return token
}
