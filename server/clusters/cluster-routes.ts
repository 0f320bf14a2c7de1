import { z } from 'zod'
import { Cluster, ClusterCheckReport, ClusterPatch, NewCluster } from '../../contract/cluster.js'
import { KubeconfigContext } from '../../contract/kubeconfig-context.js'
import { PageQuery, pageOf } from '../../contract/page.js'
import { Id } from '../../contract/primitives.js'
import { etagOf, requireMatch } from '../http/etag.js'
import type { HttpServer } from '../http/http-server.js'
import { pageOfItems } from '../http/page-cursor.js'
import { listContexts } from '../kubernetes/kubeconfig-contexts.js'
import { addCluster, prepareCluster } from './add-cluster.js'
import { changeCluster, removeCluster } from './change-cluster.js'
import { checkCluster } from './check-cluster.js'
import type { ClusterDeps } from './cluster-deps.js'
import type { ClusterRow } from './cluster-store.js'
import { clusterView } from './cluster-view.js'
import { findCluster } from './find-cluster.js'

const tags = ['clusters']
const ById = z.strictObject({ id: Id })
const ListQuery = z.strictObject({ ...PageQuery.shape, sort: z.enum(['name', '-name', 'createdAt', '-createdAt']).default('name') })
const PatchHeaders = z.object({ 'if-match': z.exactOptional(z.string().max(300)) })

/** CRUD of clusters and their check. A change of state (connecting, live, …) is no change of the resource: its ETag stays. */
export function registerClusters(http: HttpServer, deps: ClusterDeps): void {
  const view = (row: ClusterRow): Cluster => clusterView(row, deps.reading.of(row.id))

  http.get(
    '/api/v1/clusters',
    { schema: { tags, summary: 'Connected clusters', querystring: ListQuery, response: { 200: pageOf(Cluster, 'ClusterPage') } } },
    async ({ query: { limit, cursor, sort } }) => {
      const byName = sort.endsWith('name')
      const positionOf = (row: ClusterRow) => ({ value: byName ? row.name : row.createdAt, id: row.id })
      const page = pageOfItems(deps.store.list(), { limit, cursor, positionOf, descending: sort.startsWith('-') })
      return { ...page, items: page.items.map(view) }
    },
  )

  http.post(
    '/api/v1/clusters',
    { schema: { tags, summary: 'Connect a cluster', body: NewCluster, response: { 201: Cluster } } },
    async (request, reply) => {
      const { idempotency } = deps
      const prepared = await prepareCluster(deps, request.body)
      const work = () => {
        const row = addCluster(deps, prepared)
        return { status: 201, location: `/api/v1/clusters/${row.id}`, body: view(row) }
      }
      const { body, location = '' } = idempotency.once({ request, schema: Cluster, work })
      deps.reading.start(body.id)
      return reply.code(201).header('location', location).send(body)
    },
  )

  http.get(
    '/api/v1/clusters/:id',
    { schema: { tags, summary: 'One cluster', params: ById, response: { 200: Cluster } } },
    async ({ params }, reply) => {
      const row = findCluster(deps.store, params.id)
      return reply.header('etag', etagOf(row)).send(view(row))
    },
  )

  http.patch(
    '/api/v1/clusters/:id',
    {
      schema: {
        tags,
        summary: 'Change name or scope',
        params: ById,
        headers: PatchHeaders,
        body: ClusterPatch,
        response: { 200: Cluster },
      },
    },
    async (request, reply) => {
      const row = findCluster(deps.store, request.params.id)
      requireMatch(request, { etag: etagOf(row), current: view(row) })
      const changed = await changeCluster(deps, row, request.body)
      return reply.header('etag', etagOf(changed)).send(view(changed))
    },
  )

  http.delete(
    '/api/v1/clusters/:id',
    { schema: { tags, summary: 'Forget a cluster; nothing in it is touched', params: ById, response: { 204: z.null() } } },
    async ({ params }, reply) => {
      await removeCluster(deps, findCluster(deps.store, params.id))
      return reply.code(204).send(null)
    },
  )

  http.post(
    '/api/v1/clusters/:id/check',
    { schema: { tags, summary: 'Check reach, credential, rights and version', params: ById, response: { 200: ClusterCheckReport } } },
    async ({ params }) => checkCluster(deps, findCluster(deps.store, params.id)),
  )
}

/** Contexts of this machine's kubeconfig files; nothing is dialled. */
export function registerContexts(
  http: HttpServer,
  deps: Pick<ClusterDeps, 'store' | 'kubeconfigFiles'> & { searchPath: string | undefined },
): void {
  http.get(
    '/api/v1/kubeconfig-contexts',
    {
      schema: {
        tags,
        summary: "Contexts of this machine's kubeconfig",
        response: { 200: pageOf(KubeconfigContext, 'KubeconfigContextPage') },
      },
    },
    async () => {
      const connected = new Map(deps.store.list().map(({ context, id }) => [context, id]))
      const contexts = await listContexts({ files: deps.kubeconfigFiles, searchPath: deps.searchPath })
      const items = contexts.map((context) => {
        const clusterId = connected.get(context.name)
        return clusterId === undefined ? context : { ...context, clusterId }
      })
      return { items, total: items.length }
    },
  )
}
