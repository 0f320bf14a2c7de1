import type { AddressInfo } from 'node:net'
import { createApiServer } from './api-server.js'
import { createSimulatedCluster } from './cluster.js'
import { readConfig } from './config.js'

const { token, port, scene } = readConfig()
// Microseconds: no process before this one made a change in each, so its versions are too old here and its watchers list anew.
const cluster = createSimulatedCluster(scene, Date.now() * 1_000)
await cluster.reset()
const server = createApiServer(cluster, token)
await new Promise<void>((resolve, reject) => {
  server.once('error', reject)
  server.listen(port, '127.0.0.1', resolve)
})

const end = () => {
  cluster.stop()
  server.closeAllConnections()
  server.close(() => process.exit(0))
}
// The parent owns us: when its pipe ends, nobody is left to ask.
process.stdin.resume().once('close', end)
process.once('SIGTERM', end)

const { port: actual } = server.address() as AddressInfo
process.stdout.write(`${JSON.stringify({ url: `http://127.0.0.1:${actual}`, pid: process.pid })}\n`)
