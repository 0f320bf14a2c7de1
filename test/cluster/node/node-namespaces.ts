import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { toolPath } from '../binaries/tool-path.js'
import type { ProcessKeeper } from '../control-plane/process-keeper.js'
import { untilExists } from './until-exists.js'

const initScript = fileURLToPath(new URL('./init-node.sh', import.meta.url))

/** Makes mount, network, pid, host name and IPC namespaces for a node, and resolves with the id of their process 1: all ends with it. */
export async function openNamespaces(keeper: ProcessKeeper, folder: string, nodeName: string): Promise<number> {
  const environment = [`STATE=${folder}`, `NODE=${nodeName}`, `PAUSE=${toolPath('pause')}`]
  const kinds = ['--mount', '--net', '--pid', '--uts', '--ipc', '--mount-proc', '--propagation', 'private']
  const unshare = await keeper.start('namespaces', ['env', ...environment, 'unshare', ...kinds, '--fork', '--kill-child', initScript])
  await keeper.whileAllRun(untilExists(join(folder, 'namespaces-ready')))
  return onlyChild(unshare)
}

/** Turns a command into one that runs inside; nsenter forks, so the process is its child. */
export function inNamespaces(holderPid: number, argv: readonly string[]): string[] {
  return ['nsenter', '--target', `${holderPid}`, '--mount', '--net', '--pid', '--uts', '--ipc', '--', ...argv]
}

/** The child of a process that has exactly one. */
export function onlyChild(pid: number): number {
  const [child, ...others] = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean)
  if (child === undefined || others.length > 0) throw new Error(`process ${pid} should have one child`)
  return Number(child)
}
