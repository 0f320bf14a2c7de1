import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { resolve } from 'node:path'
import { text } from 'node:stream/consumers'

export interface CliRun {
  stdout: string
  stderr: string
  exitCode: number | null
}

export interface CliOptions {
  dataDir?: string
  environment?: Record<string, string>
  stdin?: string
}

/** The built `meshwright` command in a process of its own, without a terminal. */
export async function runCli(args: string[], options: CliOptions = {}): Promise<CliRun> {
  const child = startCli(args, options)
  const [stdout, stderr] = [text(child.stdout), text(child.stderr)]
  const [exitCode] = await once(child, 'close')
  return { stdout: await stdout, stderr: await stderr, exitCode }
}

/** The same, while it runs: for commands that go on. */
export function startCli(args: string[], { dataDir, environment = {}, stdin = '' }: CliOptions = {}) {
  const child = spawn(process.execPath, [resolve('dist/cli/main.js'), ...args], {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { PATH: process.env.PATH, HOME: '/nonexistent', ...(dataDir ? { MESHWRIGHT_DATA_DIR: dataDir } : {}), ...environment },
  })
  child.stdin.end(stdin)
  return child
}
