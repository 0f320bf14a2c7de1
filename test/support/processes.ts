import { readFileSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'

/** Ids of the live children of a process whose command has this name, as /proc tells. */
export async function childrenNamed(parent: number, command: string): Promise<number[]> {
  const pids = (await readdir('/proc')).map(Number).filter(Number.isInteger)
  const stats = await Promise.all(pids.map((pid) => readStat(pid)))
  return stats.filter((stat) => stat?.parent === parent && stat.command === command).map((stat) => stat?.pid ?? 0)
}

/** A process that has ended and waits for its parent to notice (a zombie) is not alive. */
export function isAlive(pid: number): boolean {
  try {
    return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    return false
  }
}

async function readStat(pid: number): Promise<{ pid: number; parent: number; command: string } | undefined> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined)
  if (text === undefined) return undefined
  const command = text.slice(text.indexOf('(') + 1, text.lastIndexOf(')'))
  const [state, parent] = text.slice(text.lastIndexOf(')') + 2).split(' ')
  return state === 'Z' ? undefined : { pid, parent: Number(parent), command }
}
