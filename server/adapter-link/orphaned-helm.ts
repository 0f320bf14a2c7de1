import { readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from 'pino'
import { z } from 'zod'

/** What an adapter writes to `helm.pid`, `helm.2.pid` … before each helm runs; startTime is field 22 of /proc/<pid>/stat, in clock ticks. */
const HelmRecord = z.object({ pid: z.int(), pgid: z.int().min(2), startTime: z.string() })

const graceMs = 3_000

/**
 * Ends every helm whose adapter is gone, with its children, and waits for them. The start time in /proc must equal the
 * recorded one, so that a reused process id is never hit. Without /proc nothing is ended.
 */
export async function endOrphanedHelm(workDir: string, log: Logger): Promise<void> {
  const names = await readdir(workDir).catch(missingIsNull)
  const records = (names ?? []).filter((name) => /^helm(\.\d+)?\.pid$/.test(name))
  await Promise.all(records.map((name) => endRecorded(join(workDir, name), log)))
}

async function endRecorded(file: string, log: Logger): Promise<void> {
  const text = await readFile(file, 'utf8').catch(missingIsNull)
  const record = HelmRecord.safeParse(text === null ? null : parseJson(text))
  if (record.success && (await startTimeOf(record.data.pid)) === record.data.startTime) {
    log.warn({ pid: record.data.pid }, 'ending a helm that lost its adapter')
    await endGroup(record.data)
  }
  await rm(file, { force: true })
}

async function endGroup({ pid, pgid, startTime }: z.infer<typeof HelmRecord>): Promise<void> {
  signalGroup(pgid, 'SIGTERM')
  const deadline = Date.now() + graceMs
  while ((await startTimeOf(pid)) === startTime) {
    if (Date.now() > deadline) signalGroup(pgid, 'SIGKILL')
    await sleep(50)
  }
}

/** A group that ended by itself in the meantime needs no signal. */
function signalGroup(pgid: number, signal: 'SIGTERM' | 'SIGKILL'): void {
  try {
    process.kill(-pgid, signal)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error
  }
}

/** Undefined when there is no such live process (a zombie no longer works, so it counts as gone). */
async function startTimeOf(pid: number): Promise<string | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(missingIsNull)
  if (stat === null) return undefined
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return fields[0] === 'Z' ? undefined : fields[19]
}

function missingIsNull(error: NodeJS.ErrnoException): null {
  if (error.code === 'ENOENT' || error.code === 'ESRCH') return null
  throw error
}

function parseJson(text: string): unknown {
  return text.trim().startsWith('{') && text.trim().endsWith('}') ? JSON.parse(text) : null
}
