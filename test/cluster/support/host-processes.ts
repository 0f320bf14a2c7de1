import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { basename } from 'node:path'

/** Command lines of all processes on the machine that mention `text`, such as a cluster's state folder. */
export function processesMentioning(text: string): string[] {
  return pidsMentioning(text).map((pid) => `${pid} ${commandLine(pid)}`)
}

/** Ids of the same processes. */
export function pidsMentioning(text: string): number[] {
  return processIds().filter((pid) => commandLine(pid).includes(text))
}

/** What a process runs, such as etcd; of a multi-call binary the part of it. Empty when it has ended. */
export function programOf(pid: number): string {
  const [file = '', part = ''] = commandLine(pid).split(' ')
  const name = basename(file)
  return name === 'kubernetes' ? part : name
}

/** Ids of the processes in the pid namespace that `/proc/<pid>/ns/pid` names. */
export function processesInNamespace(namespace: string): number[] {
  return processIds().filter((pid) => pidNamespace(pid) === namespace)
}

/** The processes and all that descend from them: containers have process namespaces of their own, below the shim that started them. */
export function withDescendants(pids: readonly number[]): number[] {
  const parents = new Map(processIds().map((pid) => [pid, parentOf(pid)]))
  const roots = new Set(pids)
  const descends = (pid: number | undefined): boolean => pid !== undefined && (roots.has(pid) || descends(parents.get(pid)))
  return [...parents.keys()].filter(descends)
}

/** The pid namespace of a process, or undefined when it has ended. */
export function pidNamespace(pid: number): string | undefined {
  return ifThere(() => readlinkSync(`/proc/${pid}/ns/pid`))
}

function processIds(): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
}

function commandLine(pid: number): string {
  return ifThere(() => readFileSync(`/proc/${pid}/cmdline`, 'utf8'))?.replaceAll('\0', ' ') ?? ''
}

function parentOf(pid: number): number | undefined {
  const parent = /^PPid:\t(\d+)$/m.exec(ifThere(() => readFileSync(`/proc/${pid}/status`, 'utf8')) ?? '')?.[1]
  return parent === undefined ? undefined : Number(parent)
}

// A process may end between the listing and the reading.
function ifThere<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch {
    return undefined
  }
}
