import { once } from 'node:events'
import { fstatSync } from 'node:fs'
import { startApiCluster } from './api-cluster.js'
import { toolPath } from './binaries/tool-path.js'
import { startKwokCluster } from './kwok-cluster.js'
import { type MeshBed, withMesh } from './meshes/with-mesh.js'
import { startNodeCluster } from './node-cluster.js'
import type { TestCluster } from './test-cluster.js'

// npm run testbed:up -- api|kwok|node|istio|osm|kuma: prints one line of JSON about the cluster and keeps it up
// until SIGINT, SIGTERM or the end of a piped standard input. The last three have the mesh installed and the application in it.

const starts: Record<string, () => Promise<Running>> = {
  api: async () => alone(await startApiCluster()),
  kwok: async () => alone(await startKwokCluster()),
  node: async () => alone(await startNodeCluster()),
  istio: async () => inMesh(await withMesh('istio')),
  osm: async () => inMesh(await withMesh('osm')),
  kuma: async () => inMesh(await withMesh('kuma')),
}

type Running = AsyncDisposable & { readonly cluster: TestCluster; readonly meshwright?: { url: string; dataDir: string } }

const level = process.argv[2] ?? 'api'
const start = starts[level]
if (!start) throw new Error(`say which level to start: ${Object.keys(starts).join(', ')}`)
const told = untilTold()
await using running = await start()
const { meshwright, cluster } = running
const { kubeconfig, url, auditLogPath, logs } = cluster
const tools = { kubectl: toolPath('kubectl'), helm: toolPath('helm') }
process.stdout.write(`${JSON.stringify({ level, kubeconfig, url, auditLogPath, logs, meshwright, ...tools })}\n`)
await told
// A pipe that is still open would keep this process alive.
process.stdin.destroy()

function alone(cluster: TestCluster): Running {
  return { cluster, [Symbol.asyncDispose]: () => cluster.stop() }
}

// With the server that installed the mesh or shows it: `meshwright open --data-dir …` signs a browser in.
function inMesh(bed: MeshBed): Running {
  return {
    cluster: bed.node,
    meshwright: { url: bed.server.url, dataDir: bed.server.dataDir },
    [Symbol.asyncDispose]: () => bed[Symbol.asyncDispose](),
  }
}

async function untilTold(): Promise<void> {
  const ends = [once(process, 'SIGINT'), once(process, 'SIGTERM')]
  // A shell gives its background jobs /dev/null, which is at its end at once.
  if (!fstatSync(0).isCharacterDevice() || process.stdin.isTTY) ends.push(once(process.stdin.resume(), 'end'))
  await Promise.race(ends)
}
