import process from 'node:process'
import { nativeFlags } from './native-flags.mjs'
import { run } from './run-tool.mjs'

/** npm ci. better-sqlite3 is compiled where its prebuilt binary cannot be downloaded. */
export async function installPackages() {
  process.stderr.write(
    'Installing packages (npm ci): once, and after an update. It takes up to three minutes where better-sqlite3 must be compiled.\n',
  )
  try {
    await run('npm', ['ci', '--include=dev', '--engine-strict', '--no-audit', '--no-fund'], { env: { ...process.env, ...nativeFlags() } })
  } catch (error) {
    throw new Error(
      `${error.message}. If better-sqlite3 is what failed: it needs g++, make and python3 to be compiled, or network for the prebuilt.`,
    )
  }
}
