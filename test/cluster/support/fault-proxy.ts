import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createRequire } from 'node:module'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { NodeCluster } from '../node-cluster.js'

/** A relay in front of the API server of a node, which can cut the network between the two. */
export interface FaultProxy extends AsyncDisposable {
  /** The administrator's kubeconfig with the relay as its server. */
  readonly kubeconfigText: string
  /**
   * `cut` resets what is open and refuses what is new; `silent` keeps connections and lets no byte through, as a lost route
   * would; `open` ends both. Resolves when it holds.
   */
  set(mode: 'open' | 'cut' | 'silent'): Promise<void>
}

// By its path: nsenter leaves this folder.
const tsx = createRequire(import.meta.url).resolve('tsx')
const script = fileURLToPath(new URL('./fault-proxy-process.ts', import.meta.url))

/** Starts the relay inside the node's namespaces; it ends with us. */
export async function startFaultProxy(node: NodeCluster): Promise<FaultProxy> {
  const { hostname, port } = new URL(node.url)
  const [command = '', ...argv] = node.inNode([process.execPath, '--import', tsx, script, hostname, port])
  const child = spawn(command, argv, { stdio: ['pipe', 'pipe', 'inherit'] })
  const exited = once(child, 'exit')
  const lines = createInterface(child.stdout)
  const answer = async (): Promise<string> => {
    const [line] = await Promise.race([once(lines, 'line'), exited.then(() => Promise.reject(new Error('the fault proxy ended')))])
    return String(line)
  }
  const ownPort = await answer()
  const stop = async () => {
    child.stdin.end()
    await exited
  }
  return {
    kubeconfigText: node.kubeconfigText.replaceAll(node.url, `https://${hostname}:${ownPort}`),
    async set(mode) {
      const done = answer()
      child.stdin.write(`${mode}\n`)
      await done
    },
    [Symbol.asyncDispose]: stop,
  }
}
