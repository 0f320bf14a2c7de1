import { type ChildProcess, spawn } from 'node:child_process'
import { EventEmitter, once } from 'node:events'
import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'

/** One run: arguments are passed as they are, and the environment is all that helm sees. */
export interface HelmCommand {
  program: string
  argv: readonly string[]
  environment: Record<string, string>
  signal: AbortSignal
  onLine?: (line: string, from: 'stdout' | 'stderr') => void
}

/** Outputs are kept up to 32 MiB each. */
export interface HelmResult {
  /** Null when a signal ended it. */
  code: number | null
  stdout: string
  stderr: string
}

/** Runs helm in process groups of its own, records them on disk before helm starts, and ends them as a whole. */
export interface HelmProcesses {
  run(command: HelmCommand): Promise<HelmResult>
  /** Ends every running group at once: the adapter is going. */
  endAll(): void
}

// Two installs at a time, and previews beside them; each slot has its own record file.
const slotCount = 4
const graceMs = 8_000
const outputLimit = 32 * 1024 * 1024

/** `workDir` gets `helm.pid`, and `helm.2.pid` and so on while several run: {pid, pgid, startTime}. */
export function openHelmProcesses(workDir: string): HelmProcesses {
  const taken = new Array<boolean>(slotCount).fill(false)
  const slots = new EventEmitter().setMaxListeners(0)
  const running = new Set<number>()

  const takeSlot = async (signal: AbortSignal): Promise<number> => {
    for (;;) {
      signal.throwIfAborted()
      const slot = taken.indexOf(false)
      if (slot >= 0) {
        taken[slot] = true
        return slot
      }
      await once(slots, 'freed', { signal }).catch(() => undefined)
    }
  }
  const recordOf = (slot: number) => join(workDir, slot === 0 ? 'helm.pid' : `helm.${slot + 1}.pid`)
  const giveSlot = async (slot: number) => {
    await rm(recordOf(slot), { force: true }).finally(() => {
      taken[slot] = false
      slots.emit('freed')
    })
  }

  return {
    run: async (command) => {
      const slot = await takeSlot(command.signal)
      const result = runInGroup(command, recordOf(slot), running)
      await Promise.allSettled([result])
      await giveSlot(slot)
      return result
    },
    endAll: () => {
      for (const group of running) signalGroup(group, 'SIGKILL')
    },
  }
}

async function runInGroup(command: HelmCommand, record: string, running: Set<number>): Promise<HelmResult> {
  command.signal.throwIfAborted()
  // The shell waits for a line before it becomes helm, under the same process id: if we die before the record is written,
  // the line never comes and helm never runs.
  const child = spawn('/bin/sh', ['-c', 'read -r go && exec "$@"', 'sh', command.program, ...command.argv], {
    detached: true,
    env: command.environment,
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  const group = child.pid
  if (group === undefined) throw (await once(child, 'error'))[0]
  running.add(group)
  const stopEnding = endOnAbort(group, command.signal)
  const ended = once(child, 'close')
  const stdout = collect(child.stdout, (line) => command.onLine?.(line, 'stdout'))
  const stderr = collect(child.stderr, (line) => command.onLine?.(line, 'stderr'))
  const gone = once(child, 'exit').then(([code]: (number | null)[]) => {
    // What helm started itself must not outlive it, nor keep its pipes open.
    signalGroup(group, 'SIGKILL')
    return code ?? null
  })
  const finish = async () => {
    const code = await gone
    await ended
    stopEnding()
    running.delete(group)
    return code
  }
  await recordGroup(record, group).catch(async (error: unknown) => {
    // The shell still waits for its line, and nobody would find it.
    signalGroup(group, 'SIGKILL')
    await finish()
    throw error
  })
  release(child)
  const code = await finish()
  return { code, stdout: stdout(), stderr: stderr() }
}

function release({ stdin }: ChildProcess): void {
  // Already ended by a cancel: the write fails, and the exit tells.
  stdin?.on('error', () => undefined)
  stdin?.end('go\n')
}

function collect(stream: Readable, onLine: (line: string) => void): () => string {
  const lines: string[] = []
  let size = 0
  createInterface({ input: stream }).on('line', (line) => {
    size += line.length + 1
    if (size <= outputLimit) lines.push(line)
    onLine(line)
  })
  return () => lines.join('\n')
}

function endOnAbort(group: number, signal: AbortSignal): () => void {
  let insist: NodeJS.Timeout | undefined
  const end = () => {
    signalGroup(group, 'SIGTERM')
    insist = setTimeout(() => signalGroup(group, 'SIGKILL'), graceMs)
  }
  signal.addEventListener('abort', end, { once: true })
  if (signal.aborted) end()
  return () => {
    signal.removeEventListener('abort', end)
    clearTimeout(insist)
  }
}

async function recordGroup(file: string, pid: number): Promise<void> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
  const startTime = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? ''
  await writeFile(file, JSON.stringify({ pid, pgid: pid, startTime }), { mode: 0o600 })
}

function signalGroup(group: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-group, signal)
  } catch (error) {
    // The group is gone already.
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error
  }
}
