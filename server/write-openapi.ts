import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildApp } from './app.js'
import { readConfig } from './config.js'

/** Writes the OpenAPI document of this build to a file, for the page's client; nothing listens. */
async function writeOpenApi(file: string): Promise<void> {
  const dataDir = mkdtempSync(join(tmpdir(), 'meshwright-openapi-'))
  const app = await buildApp(readConfig(['--data-dir', dataDir, '--log-level', 'silent'], {}))
  writeFileSync(file, `${JSON.stringify(app.http.swagger(), null, 2)}\n`)
  await app.close()
  rmSync(dataDir, { recursive: true, force: true })
}

const [file] = process.argv.slice(2)
if (file === undefined) throw new Error('Usage: node dist/server/write-openapi.js FILE')
await writeOpenApi(file)
