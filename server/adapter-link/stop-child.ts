import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'

/** Closes the pipe that a child of ours watches, and insists after a while. Resolves when it is gone. */
export async function stopChild(child: ChildProcess, { withinMs }: { withinMs: number }): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = once(child, 'exit')
  child.stdin?.end()
  const insist = setTimeout(() => child.kill('SIGKILL'), withinMs)
  await gone
  clearTimeout(insist)
}
