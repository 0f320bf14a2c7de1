import { execa } from 'execa'
import { toolPath } from './binaries/tool-path.js'

export interface CommandOptions {
  readonly input?: string
  /** Default 60 s. */
  readonly timeoutMs?: number
}

/** Runs a command and returns its stdout; the error of a failure holds its stderr. */
export async function runCommand(argv: readonly string[], env: Record<string, string>, options: CommandOptions = {}): Promise<string> {
  const [file = '', ...rest] = argv
  const { input = '', timeoutMs = 60_000 } = options
  const { stdout } = await execa(file, rest, { env, input, timeout: timeoutMs })
  return stdout
}

/** Runs kubectl with a kubeconfig. */
export function kubectl(kubeconfig: string, argv: readonly string[], options?: CommandOptions): Promise<string> {
  return runCommand([toolPath('kubectl'), ...argv], { KUBECONFIG: kubeconfig }, options)
}
