import { z } from 'zod'
import { Installation, NamespaceMembership, PodMembership } from '../../contract/installation.js'
import { PageQuery, pageOf } from '../../contract/page.js'
import { DnsLabel, Id, MeshId } from '../../contract/primitives.js'
import type { HttpServer } from '../http/http-server.js'
import { pageOfItems } from '../http/page-cursor.js'
import type { Inventory } from './inventory.js'

const tags = ['inventory']
const InstallationQuery = z.strictObject({ ...PageQuery.shape, cluster: z.exactOptional(Id), mesh: z.exactOptional(MeshId) })
const NamespaceQuery = z.strictObject({ ...PageQuery.shape, cluster: z.exactOptional(Id) })
const PodQuery = z.strictObject({ ...PageQuery.shape, cluster: Id, namespace: DnsLabel, mesh: MeshId })
const ById = z.strictObject({ id: z.string().min(1).max(300) })

/** Reads from memory only: no call of these waits for a cluster. */
export function registerInventory(http: HttpServer, { inventory }: { inventory: Inventory }): void {
  http.get(
    '/api/v1/installations',
    {
      schema: {
        tags,
        summary: 'Meshes found in clusters',
        querystring: InstallationQuery,
        response: { 200: pageOf(Installation, 'InstallationPage') },
      },
    },
    async ({ query: { limit, cursor, cluster, mesh } }) => {
      const found = inventory.installations().filter((one) => (cluster ?? one.cluster) === one.cluster && (mesh ?? one.mesh) === one.mesh)
      return pageOfItems(found, { limit, cursor, positionOf: ({ id }) => ({ value: id, id }) })
    },
  )

  http.get(
    '/api/v1/installations/:id',
    { schema: { tags, summary: 'One installation', params: ById, response: { 200: Installation } } },
    async ({ params }) => inventory.installation(params.id),
  )

  http.get(
    '/api/v1/namespaces',
    {
      schema: {
        tags,
        summary: 'Injection matrix',
        querystring: NamespaceQuery,
        response: { 200: pageOf(NamespaceMembership, 'NamespacePage') },
      },
    },
    async ({ query: { limit, cursor, cluster } }) => {
      const positionOf = (row: NamespaceMembership) => ({ value: row.namespace, id: `${row.cluster} ${row.mesh}` })
      return pageOfItems(inventory.memberships(cluster), { limit, cursor, positionOf })
    },
  )

  http.get(
    '/api/v1/pods',
    {
      schema: {
        tags,
        summary: 'Pods of one namespace as one mesh sees them',
        querystring: PodQuery,
        response: { 200: pageOf(PodMembership, 'PodPage') },
      },
    },
    async ({ query: { limit, cursor, ...place } }) =>
      pageOfItems(inventory.pods(place), { limit, cursor, positionOf: ({ pod }) => ({ value: pod, id: pod }) }),
  )
}
