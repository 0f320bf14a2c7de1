import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type RunningServer, startServer } from '../support/running-server.js'

/** The built server with a kubeconfig of its own; `restart` keeps port and data dir, as after a crash. */
export interface PageServerUnderTest extends RunningServer {
  restart(options?: { dataDir?: string }): Promise<PageServerUnderTest>
}

/** Starts the built server over a kubeconfig with these contexts: name → address of its API server. */
export async function startPageServer(contexts: Record<string, string>): Promise<PageServerUnderTest> {
  const folder = await mkdtemp(join(tmpdir(), 'meshwright-page-'))
  const kubeconfig = join(folder, 'kubeconfig')
  await writeFile(kubeconfig, kubeconfigOf(contexts))
  const environment = { MESHWRIGHT_KUBECONFIG: kubeconfig, MESHWRIGHT_OFFLINE: '1' }
  const start = async (dataDir: string, port: number): Promise<PageServerUnderTest> => {
    const server = await startServer({ dataDir, port, environment })
    const stop = async () => {
      const code = await server.stop()
      await rm(folder, { recursive: true, force: true })
      return code
    }
    return {
      ...server,
      stop,
      restart: (other) => start(other?.dataDir ?? dataDir, Number(new URL(server.url).port)),
      [Symbol.asyncDispose]: async () => void (await stop()),
    }
  }
  return start(join(folder, 'data'), 0)
}

/** A TCP server on loopback that only counts who comes; what a dialled cluster would be. */
export async function countCallers(): Promise<{ url: string; calls: () => number; close: () => void }> {
  let calls = 0
  const server = createServer((socket) => {
    calls += 1
    socket.destroy()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('The server has no port')
  return { url: `https://127.0.0.1:${address.port}`, calls: () => calls, close: () => server.close() }
}

/** An address on loopback where nothing listens. */
export const nobody = 'https://127.0.0.1:1'

function kubeconfigOf(contexts: Record<string, string>): string {
  const entries = Object.entries(contexts)
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': entries[0]?.[0] ?? '',
    clusters: entries.map(([name, server]) => ({ name, cluster: { server } })),
    users: [{ name: 'me', user: { token: 'token-of-a-test' } }],
    contexts: entries.map(([name]) => ({ name, context: { cluster: name, user: 'me' } })),
  })
}
