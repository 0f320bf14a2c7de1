import { once } from 'node:events'
import { fstatSync } from 'node:fs'
import { startApiCluster } from './api-cluster.js'
import { toolPath } from './binaries/tool-path.js'
import { istioImages } from './istio/istio-values.js'
import { startNodeCluster } from './node-cluster.js'
import type { TestCluster } from './test-cluster.js'

// npm run testbed:up -- api|node|istio: prints one line of JSON about the cluster and keeps it up
// until SIGINT, SIGTERM or the end of a piped standard input. istio is a node with Istio's images, not installed.

const starts: Record<string, () => Promise<TestCluster>> = {
  api: () => startApiCluster(),
  node: () => startNodeCluster(),
  istio: () => startNodeCluster({ images: istioImages }),
}

const level = process.argv[2] ?? 'api'
const start = starts[level]
if (!start) throw new Error(`say which level to start: ${Object.keys(starts).join(', ')}`)
const told = untilTold()
await using cluster = await start()
const { kubeconfig, url, auditLogPath, logs } = cluster
const tools = { kubectl: toolPath('kubectl'), helm: toolPath('helm') }
process.stdout.write(`${JSON.stringify({ level, kubeconfig, url, auditLogPath, logs, ...tools })}\n`)
await told
// A pipe that is still open would keep this process alive.
process.stdin.destroy()

async function untilTold(): Promise<void> {
  const ends = [once(process, 'SIGINT'), once(process, 'SIGTERM')]
  // A shell gives its background jobs /dev/null, which is at its end at once.
  if (!fstatSync(0).isCharacterDevice() || process.stdin.isTTY) ends.push(once(process.stdin.resume(), 'end'))
  await Promise.race(ends)
}
