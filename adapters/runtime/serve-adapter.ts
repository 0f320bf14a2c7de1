import { randomUUID } from 'node:crypto'
import { mkdir, rm } from 'node:fs/promises'
import { text } from 'node:stream/consumers'
import { Server, ServerCredentials } from '@grpc/grpc-js'
import { HealthImplementation } from 'grpc-health-check'
import { pino } from 'pino'
import { AdapterServiceService } from '../../proto/gen/meshwright/adapter/v1/adapter.js'
import { adapterService } from './adapter-service.js'
import { type AdapterConfig, readConfig } from './config.js'
import { withDataPlane } from './data-plane/data-plane-action.js'
import { describeAdapter } from './describe-adapter.js'
import { postRender, postRenderFlag } from './field-conflicts/post-renderer.js'
import { withMembership } from './membership-actions.js'
import type { MeshAdapter } from './mesh-adapter.js'
import { withRescue } from './rescue-actions.js'
import { withSample } from './sample-actions.js'
import { openWorkshop } from './workshop.js'

/** Version of our adapters: they are built and released with the server. */
const adapterVersion = '0.1.0'
const serviceName = 'meshwright.adapter.v1.AdapterService'
const messageLimit = 8 * 1024 * 1024

/**
 * The whole of an adapter's main: `--describe` prints what needs no process, `--post-render` is what a helm of ours calls;
 * otherwise it serves on the socket that the parent named, until the pipe from the parent ends.
 */
export async function serveAdapter(mesh: MeshAdapter): Promise<void> {
  const adapter = withRescue(withSample(withDataPlane(withMembership(mesh))))
  if (process.argv.includes('--describe')) {
    process.stdout.write(`${describeAdapter(adapter, adapterVersion)}\n`)
    return
  }
  const edits = process.argv[process.argv.indexOf(postRenderFlag) + 1]
  if (process.argv.includes(postRenderFlag) && edits !== undefined) {
    process.stdout.write(await postRender(await text(process.stdin), edits))
    return
  }
  await serve(adapter, readConfig())
}

async function serve(adapter: MeshAdapter, config: AdapterConfig): Promise<void> {
  const log = pino({ level: config.logLevel, base: { mesh: adapter.catalog.mesh } }, pino.destination(2))
  const incarnation = randomUUID()
  await mkdir(config.workDir, { recursive: true, mode: 0o700 })
  const workshop = openWorkshop(config, log)
  const guard = { token: config.token, log }
  const { service, cancelAll } = adapterService({ adapter, workshop, guard, version: adapterVersion, incarnation })

  const server = new Server({ 'grpc.max_receive_message_length': messageLimit, 'grpc.max_send_message_length': messageLimit })
  server.addService(AdapterServiceService, service)
  const health = new HealthImplementation({ '': 'SERVING', [serviceName]: 'SERVING' })
  health.addToServer(server)
  await listen(server, config.socket)

  // The parent owns us: when its pipe ends, it is gone, and so is the broker that any helm of ours talks to.
  process.stdin.resume().once('close', () => {
    log.info('the parent is gone')
    cancelAll('cancelled')
    workshop.close()
    server.forceShutdown()
    void rm(config.socket, { force: true }).then(() => process.exit(0))
  })
  process.stdout.write(`${JSON.stringify({ ready: true, incarnation })}\n`)
}

function listen(server: Server, socket: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.bindAsync(`unix:${socket}`, ServerCredentials.createInsecure(), (error, port) => (error ? reject(error) : resolve(port)))
  })
}
