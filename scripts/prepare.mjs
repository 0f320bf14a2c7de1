import { dirname, join } from 'node:path'
import process from 'node:process'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { installPackages } from './install-packages.mjs'
import { isInstalled } from './install-stamp.mjs'
import { run } from './run-tool.mjs'

const root = dirname(dirname(fileURLToPath(import.meta.url)))

/** Installs and builds when something changed since the last time; the address of the built server. */
export async function prepare() {
  process.chdir(root)
  try {
    if (!isInstalled()) await installPackages()
    await run(process.execPath, ['scripts/build.mjs'])
  } catch (error) {
    process.stderr.write(`Meshwright did not start: ${error.message}\n`)
    process.exit(1)
  }
  return pathToFileURL(join(root, 'dist/server/main.js')).href
}
