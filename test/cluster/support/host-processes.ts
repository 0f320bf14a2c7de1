import { readdirSync, readFileSync, readlinkSync } from 'node:fs'

/** Command lines of all processes on the machine that mention `text`, such as a cluster's state folder. */
export function processesMentioning(text: string): string[] {
  return processIds()
    .map((pid) => `${pid} ${commandLine(pid)}`)
    .filter((line) => line.includes(text))
}

/** Ids of the processes in the pid namespace that `/proc/<pid>/ns/pid` names. */
export function processesInNamespace(namespace: string): number[] {
  return processIds().filter((pid) => pidNamespace(pid) === namespace)
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

// A process may end between the listing and the reading.
function ifThere<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch {
    return undefined
  }
}
