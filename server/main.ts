import { buildApp } from './app.js'
import { readConfig } from './config.js'
import { AppError } from './errors.js'
import { usage } from './usage.js'

const stopWithinMs = 9_000

/** Runs the server in this process until a signal ends it. stdout carries the ready line and nothing else. */
async function main(argv: string[]): Promise<void> {
  if (argv.includes('--help')) return void process.stdout.write(usage())
  const config = readConfig(argv)
  const app = await buildApp(config)
  stopOnSignals(() => app.close())
  const { url, port } = await app.listen()
  const code = app.newCode()
  const line = config.json
    ? JSON.stringify({ url, code, port, pid: process.pid, dataDir: config.dataDir })
    : `Meshwright is ready: ${url}/#code=${code}`
  process.stdout.write(`${line}\n`)
}

/** A terminal's Ctrl-C arrives twice when npm passes it on; only a repeat after a second means "at once". */
function stopOnSignals(close: () => Promise<void>): void {
  let firstAt: number | undefined
  const stop = () => {
    const now = performance.now()
    if (firstAt !== undefined) {
      if (now - firstAt > 1_000) process.exit(1)
      return
    }
    firstAt = now
    setTimeout(() => process.exit(1), stopWithinMs).unref()
    close().then(
      () => process.exit(0),
      (error: unknown) => fail(error),
    )
  }
  process.on('SIGTERM', stop)
  process.on('SIGINT', stop)
}

/** What happened, why, what to do, on stderr; exit code 2 for wrong settings, 1 for all else. */
function fail(error: unknown): never {
  if (error instanceof AppError) {
    const { cause, remedy } = error.details
    process.stderr.write(
      [error.message, cause, remedy]
        .filter((line) => line !== undefined)
        .join('\n')
        .concat('\n'),
    )
    process.exit(error.code === 'invalid-parameters' ? 2 : 1)
  }
  process.stderr.write(`Meshwright could not start.\n${error instanceof Error ? error.stack : String(error)}\n`)
  process.exit(1)
}

main(process.argv.slice(2)).catch(fail)
