import { rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pino, { type Logger } from 'pino'
import { isSimulated } from '../contract/cluster.js'
import { openAccess } from './access/access.js'
import { readLocalToken } from './access/local-token.js'
import { registerSessions } from './access/session-routes.js'
import { openSessionStore } from './access/session-store.js'
import { adapterEnvironment } from './adapter-link/adapter-environment.js'
import { type AdapterRegistry, openAdapterRegistry } from './adapter-link/adapter-registry.js'
import type { AdapterStatus } from './adapter-link/adapter-supervisor.js'
import { checkAfterOperations } from './checks/check-after-operations.js'
import type { CheckDeps } from './checks/check-deps.js'
import type { RunningChecks } from './checks/check-installation.js'
import { registerChecks } from './checks/check-routes.js'
import { createCheckStore } from './checks/check-store.js'
import type { ExplainDeps } from './checks/explain-pod.js'
import { registerExplanations } from './checks/explain-routes.js'
import { openClusterConnections } from './clusters/cluster-connections.js'
import type { ClusterDeps } from './clusters/cluster-deps.js'
import { registerClusters, registerContexts } from './clusters/cluster-routes.js'
import { type ClusterStore, openClusterStore } from './clusters/cluster-store.js'
import { findCluster } from './clusters/find-cluster.js'
import { registerSandboxes } from './clusters/sandbox-routes.js'
import { tellAllEmptied, tellEmptied } from './clusters/tell-emptied.js'
import { type Config, prepareDataDir } from './config.js'
import { type Database, openDatabase } from './database/database.js'
import { openSecretBox, type SecretBox } from './database/secrets.js'
import { AppError } from './errors.js'
import { type EventLog, openEventLog } from './events/event-log.js'
import { registerEvents } from './events/event-routes.js'
import { requireIdentity } from './http/authentication.js'
import { registerDocs } from './http/docs-routes.js'
import { guardOrigin } from './http/guards.js'
import { createHttpServer, type HttpServer } from './http/http-server.js'
import { type Idempotency, openIdempotency } from './http/idempotency.js'
import { openIdempotencyStore } from './http/idempotency-store.js'
import { describeApi } from './http/openapi.js'
import { protectPage, servePage } from './http/page.js'
import { answerWithProblems } from './http/problem.js'
import { watchRoutes } from './http/route-policy.js'
import { type Inventory, openInventory } from './inventory/inventory.js'
import { registerInventory } from './inventory/inventory-routes.js'
import { type LateBroker, startLater } from './kubernetes/late-broker.js'
import { openSandboxes, type Sandboxes } from './kubernetes/sandboxes.js'
import { registerAdapters } from './meshes/adapter-routes.js'
import { registerMeshes } from './meshes/mesh-routes.js'
import { openBackgroundWork } from './operations/background-work.js'
import { installsOf } from './operations/installation-life.js'
import { registerArtifacts } from './operations/operation-artifact-routes.js'
import { createOperationArtifactStore } from './operations/operation-artifact-store.js'
import { type ClusterAccess, neverAsked, type OperationDeps } from './operations/operation-deps.js'
import { createOperationLogStore } from './operations/operation-log-store.js'
import { createOperationObjectStore } from './operations/operation-object-store.js'
import { registerOperations } from './operations/operation-routes.js'
import { createOperationStore, type OperationStore } from './operations/operation-store.js'
import { offeredAction, planOperation } from './operations/plan-operation.js'
import { registerPlans } from './operations/plan-routes.js'
import { createPlanStore } from './operations/plan-store.js'
import { recoverOperations } from './operations/recover-operations.js'
import { startOperation } from './operations/start-operation.js'
import { withGrant } from './operations/with-grant.js'
import { workingOn } from './operations/working-on.js'
import { followRollouts, recoverRollouts } from './rollouts/follow-rollouts.js'
import type { RolloutDeps } from './rollouts/rollout-deps.js'
import { registerRollouts } from './rollouts/rollout-routes.js'
import { createRolloutStore, type RolloutStore } from './rollouts/rollout-store.js'
import { rolloutOn } from './rollouts/steer-rollout.js'
import { registerHealth } from './settings/health-routes.js'
import { readProduct } from './settings/product.js'

/** A server that is built and does not listen yet. Whoever builds it closes it. */
export interface App {
  readonly http: HttpServer
  readonly log: Logger
  /** Listens, and says where the page is. */
  listen(): Promise<{ url: string; port: number }>
  newCode(): string
  close(): Promise<void>
}

/** The composition root: every dependency is made here and every route registered here, in order. */
export async function buildApp(config: Config): Promise<App> {
  prepareDataDir(config)
  const log = pino({ level: config.logLevel }, pino.destination({ fd: 2, sync: true }))
  const database = openDatabase({ dataDir: config.dataDir, migrationsDir: join(config.distRoot, 'server/database/migrations') })
  try {
    return await compose({ config, log, database })
  } catch (error) {
    database.close()
    throw error
  }
}

interface Base {
  config: Config
  log: Logger
  database: Database
}

async function compose(base: Base): Promise<App> {
  const { config, log, database } = base
  const features = await openFeatures(base)
  const server: ServerState = { state: 'starting', url: '' }
  const http = await openHttp(base, features, server)
  const record = join(config.dataDir, 'server.json')
  return {
    http,
    log,
    newCode: () => features.access.newCode().code,
    async listen() {
      const port = await listenOn(http, config)
      server.url = (config.publicUrl ?? `${config.tls ? 'https' : 'http'}://${urlHost(config.host)}:${port}`).replace(/\/$/, '')
      // How the command line finds the server that runs with this data directory.
      writeFileSync(record, JSON.stringify({ url: server.url, port, pid: process.pid, startedAt: new Date().toISOString() }), {
        mode: 0o600,
      })
      server.state = 'ok'
      tellAllEmptied(features.clusters)
      recoverOperations(features.operations)
      recoverRollouts(features.rollouts)
      return { url: server.url, port }
    },
    async close() {
      server.state = 'stopping'
      features.closing.abort()
      await http.close()
      await features.close()
      rmSync(record, { force: true })
      database.close()
    },
  }
}

interface ServerState {
  state: 'starting' | 'ok' | 'stopping'
  /** Where the page is; empty until the server listens. */
  url: string
}

type Features = Awaited<ReturnType<typeof openFeatures>>

/** Everything that works without HTTP. `close` ends it in the reverse order. */
async function openFeatures({ config, log, database }: Base) {
  const { dataDir, distRoot } = config
  // First: without its key a database is refused before anything is started.
  const secrets = openSecretBox({ keyFile: config.secretKeyFile ?? join(dataDir, 'secret.key'), databaseIsNew: database.isNew })
  const closing = new AbortController()
  const background = openBackgroundWork(log)
  const store = openClusterStore(database)
  const events = openEventLog(database, {
    isSimulated: (id) => {
      const row = store.find(id)
      return row !== undefined && isSimulated(row)
    },
  })
  const access = openAccess({ store: openSessionStore(database), localToken: readLocalToken(dataDir), now: Date.now })
  const idempotency = openIdempotency({ store: openIdempotencyStore(database), atomically: (work) => events.change(work), now: Date.now })
  const registry = await openAdapterRegistry({
    adaptersDir: join(distRoot, 'adapters'),
    dataDir,
    runtimeDir: config.environment.XDG_RUNTIME_DIR ?? tmpdir(),
    environment: adapterEnvironment(config),
    log,
    onState: (mesh, status) => tellAdapterState(events, mesh, status),
  })
  const broker = startLater({ dataDir, log })
  const operationStore = createOperationStore(database)
  const rolloutStore = createRolloutStore(database)
  const sandboxes = openSandboxes({
    ...{ distRoot, log },
    onLost: (id) => tellEmptied(clusters, { id, why: 'ended unexpectedly' }),
    onMoved: (id) => inventory.reconnect(id),
  })
  const { clusters, inventory } = openClusters({
    ...{ config, store, secrets, events, registry, operationStore, rolloutStore, idempotency, sandboxes },
  })
  const operations: OperationDeps = {
    ...{ registry, events, log, closing: closing.signal, idempotency, background },
    installationOf: inventory.installation,
    clusters: clusterAccess(clusters, broker),
    plans: createPlanStore(database),
    rollouts: rolloutStore,
    secrets,
    operations: operationStore,
    logs: createOperationLogStore(database),
    artifacts: createOperationArtifactStore(database, secrets),
    objects: createOperationObjectStore(database),
  }
  const checks = openChecks(operations, { database, inventory })
  const explanations = openExplanations(operations, inventory)
  const rollouts = openRollouts(operations, { rollouts: rolloutStore, inventory, now: clusters.now })
  const close = async () => {
    await registry.close()
    await background.settled()
    await broker.close()
    await inventory.close()
    await clusters.connections.close()
    await sandboxes.close()
  }
  return { access, events, registry, clusters, inventory, operations, checks, explanations, rollouts, closing, close }
}

interface ClusterParts extends Pick<Base, 'config'> {
  store: ClusterStore
  secrets: SecretBox
  events: EventLog
  registry: AdapterRegistry
  operationStore: OperationStore
  rolloutStore: RolloutStore
  idempotency: Idempotency
  sandboxes: Sandboxes
}

/** Clusters and the reading of them need each other; each gets only the verbs of the other that it uses. */
function openClusters({ config, store, secrets, events, registry, operationStore, rolloutStore, idempotency, sandboxes }: ClusterParts): {
  clusters: ClusterDeps
  inventory: Inventory
} {
  const connections = openClusterConnections({ store, secrets, kubeconfigFiles: config.kubeconfig, sandboxes, proxies: config.proxies })
  const inventory = openInventory({
    clusters: store,
    connect: connections.of,
    forget: connections.forget,
    discovery: registry.descriptions,
    isOurs: ({ cluster, mesh, revision }) =>
      installsOf(operationStore, { cluster, mesh, revision: revision === 'default' ? '' : revision }).length > 0,
    events,
    now: Date.now,
  })
  const clusters: ClusterDeps = {
    ...{ store, secrets, events, connections, sandboxes, idempotency, kubeconfigFiles: config.kubeconfig },
    reading: { of: inventory.reading, start: inventory.start, stop: inventory.stop },
    usedBy: (cluster) => workingOn(operationStore, cluster) ?? rolloutOn(rolloutStore, cluster),
    resets: new Set(),
    now: Date.now,
  }
  return { clusters, inventory }
}

/** Checks read what operations change: through the same broker, and after each that installed something. */
function openChecks(
  operations: OperationDeps,
  { database, inventory }: { database: Database; inventory: Inventory },
): CheckDeps & { running: RunningChecks } {
  const { registry, events, closing, background, log, clusters } = operations
  const checks = {
    ...{ registry, events, closing, installations: inventory.installations, installation: inventory.installation },
    reports: createCheckStore(database),
    running: new Map(),
    withReadGrant: ({ report, cluster, expiresAt }, work) => {
      clusters.refuseWhileReset(cluster)
      return withGrant(operations, { operation: report, cluster, mode: 'read', expiresAt, onRequested: neverAsked }, work)
    },
  } satisfies CheckDeps & { running: RunningChecks }
  const operation = (id: string) => {
    const row = operations.operations.find(id)
    return row && { cluster: row.cluster, mesh: row.mesh, action: row.request.action }
  }
  checkAfterOperations({ ...checks, operation, background, log })
  return checks
}

/** Explanations look as a plan does: through leave for dry runs. */
function openExplanations(operations: OperationDeps, inventory: Inventory): ExplainDeps {
  const { registry, closing, clusters } = operations
  return {
    ...{ registry, closing },
    meshesOf: (place) => inventory.meshesOf({ ...place, cluster: clusters.find(place.cluster).id }),
    withDryRunGrant: ({ explanation, cluster, expiresAt }, work) => {
      clusters.refuseWhileReset(cluster)
      return withGrant(operations, { operation: explanation, cluster, mode: 'dry-run', expiresAt, onRequested: neverAsked }, work)
    },
  }
}

/** Rollouts plan and start operations, and follow them. */
function openRollouts(operations: OperationDeps, own: Pick<RolloutDeps, 'rollouts' | 'now'> & { inventory: Inventory }): RolloutDeps {
  const { events, idempotency, background, registry, plans, operations: store } = operations
  const { inventory, ...rest } = own
  const rollouts: RolloutDeps = {
    ...{ ...rest, events, idempotency, background, plans, operations: store },
    cluster: (id) => {
      operations.clusters.refuseWhileReset(id)
      return operations.clusters.find(id)
    },
    installations: inventory.installations,
    members: inventory.revisions,
    assertOffered: (mesh, action) => void offeredAction(registry.description(mesh), action),
    plan: (request, options) => planOperation(operations, request, options),
    start: (input) => startOperation(operations, input),
  }
  followRollouts(rollouts)
  return rollouts
}

/** What operations may do with clusters: look them up, and open grants that the broker holds. */
function clusterAccess({ store, connections, resets }: ClusterDeps, broker: LateBroker): ClusterAccess {
  return {
    find: (id) => {
      const row = findCluster(store, id)
      return { ...row, simulated: isSimulated(row) }
    },
    refuseWhileReset: (id) => {
      if (!resets.has(id)) return
      throw new AppError('cluster-in-use', 'The cluster is being reset.', { cause: 'It begins anew.', remedy: 'Try again in a moment.' })
    },
    connection: connections.of,
    openGrant: async ({ cluster, ...grant }) => {
      const { scope } = findCluster(store, cluster)
      const [connection, { openGrant }] = await Promise.all([connections.of(cluster), broker.started()])
      return openGrant({ ...grant, connection, scope })
    },
  }
}

/** Guards first, then every route, in the order of the API document; a route without a policy fails here. */
async function openHttp({ config, log }: Base, features: Features, server: ServerState): Promise<HttpServer> {
  const { access, events, clusters, inventory, registry, operations, checks, explanations, rollouts } = features
  const hasTls = config.tls !== undefined
  const product = readProduct(config.distRoot)
  const http = createHttpServer({ logger: log, tls: config.tls })
  const routes = watchRoutes(http)
  guardOrigin(http, { publicUrl: config.publicUrl, host: config.host, tls: hasTls })
  requireIdentity(http, access.identify)
  answerWithProblems(http, routes.methodsAt)
  await protectPage(http, { tls: hasTls })
  await describeApi(http, product.version)

  registerDocs(http)
  registerHealth(http, { product, state: () => server.state, figures: () => ({ meshwright_events_latest_id: events.latestId() }) })
  registerSessions(http, { access, pageUrl: () => server.url })
  registerEvents(http, { log: events, isValid: access.isValid })
  registerClusters(http, clusters)
  registerSandboxes(http, clusters)
  registerContexts(http, { ...clusters, searchPath: config.environment.PATH })
  registerInventory(http, { inventory })
  registerChecks(http, checks)
  registerExplanations(http, explanations)
  registerMeshes(http, {
    registry,
    today: () => new Date(clusters.now()).toISOString().slice(0, 10),
    placeOf: (id, mesh) => ({
      cluster: findCluster(clusters.store, id).name,
      kubernetes: inventory.reading(id).kubernetesVersion,
      installed: inventory.installations().filter((each) => each.cluster === id && each.mesh === mesh),
    }),
  })
  registerAdapters(http, registry)
  registerPlans(http, operations)
  registerOperations(http, operations)
  registerRollouts(http, rollouts)
  registerArtifacts(http, operations)
  await servePage(http, join(config.distRoot, 'ui'))
  await http.ready()
  routes.check()
  return http
}

function tellAdapterState(events: EventLog, mesh: string, { state, cause }: Pick<AdapterStatus, 'state' | 'cause'>): void {
  const message = `The ${mesh} adapter is ${state}.${cause ? ` ${cause}` : ''}`
  events.change((append) => append({ kind: 'adapter.changed', level: 'info', subject: mesh, message, data: { state } }))
}

async function listenOn(http: HttpServer, { host, port }: Config): Promise<number> {
  try {
    await http.listen({ host, port })
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : ''
    if (code !== 'EADDRINUSE' && code !== 'EACCES' && code !== 'EADDRNOTAVAIL') throw error
    throw new AppError('conflict', `Meshwright cannot listen on ${host}, port ${port}.`, {
      cause: code === 'EADDRINUSE' ? 'Another program listens there.' : `The system says ${code}.`,
      remedy: 'Choose another with --port (0 takes any free one) or --host.',
      from: error,
    })
  }
  const address = http.server.address()
  return typeof address === 'object' && address !== null ? address.port : port
}

function urlHost(host: string): string {
  return host.includes(':') ? `[${host}]` : host
}
