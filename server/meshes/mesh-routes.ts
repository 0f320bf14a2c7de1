import { z } from 'zod'
import { Mesh, MeshAction, MeshVersion } from '../../contract/mesh.js'
import { pageOf } from '../../contract/page.js'
import { Id, MeshId } from '../../contract/primitives.js'
import type { AdapterRegistry } from '../adapter-link/adapter-registry.js'
import type { HttpServer } from '../http/http-server.js'
import { viewAction, viewMesh, viewVersions } from './mesh-view.js'
import type { VersionPlace } from './version-marks.js'

const Params = z.strictObject({ mesh: MeshId })
const VersionsQuery = z.strictObject({ cluster: z.exactOptional(Id) })

/** Clusters and what is in them belong to other features; app.ts hands in what is asked of them. */
export interface MeshDeps {
  registry: AdapterRegistry
  /** YYYY-MM-DD. */
  today: () => string
  /** A cluster as a version of a mesh meets it; throws `not-found`. */
  placeOf: (cluster: string, mesh: string) => VersionPlace
}

/** The products that we know. All but `refresh` is answered without an adapter's process. */
export function registerMeshes(http: HttpServer, { registry, today, placeOf }: MeshDeps): void {
  const versionsFor = (mesh: string, cluster: string | undefined) => {
    const { versions } = registry.description(mesh)
    const place = cluster === undefined ? undefined : placeOf(cluster, mesh)
    return viewVersions(versions, { today: today(), place })
  }

  http.get(
    '/api/v1/meshes',
    { schema: { tags: ['meshes'], summary: 'The meshes that Meshwright knows', response: { 200: pageOf(Mesh, 'MeshPage') } } },
    async () => {
      const items = registry.descriptions().map((description) => viewMesh(description, registry.status(description.mesh)))
      return { items, total: items.length }
    },
  )

  http.get(
    '/api/v1/meshes/:mesh',
    { schema: { tags: ['meshes'], summary: 'One mesh', params: Params, response: { 200: Mesh } } },
    async ({ params: { mesh } }) => viewMesh(registry.description(mesh), registry.status(mesh)),
  )

  http.get(
    '/api/v1/meshes/:mesh/versions',
    {
      schema: {
        tags: ['meshes'],
        summary: 'Versions, newest first, with marks; for a cluster when one is named',
        params: Params,
        querystring: VersionsQuery,
        response: { 200: pageOf(MeshVersion, 'MeshVersionPage') },
      },
    },
    async ({ params: { mesh }, query: { cluster } }) => ({ items: versionsFor(mesh, cluster) }),
  )

  http.post(
    '/api/v1/meshes/:mesh/versions/refresh',
    {
      schema: {
        tags: ['meshes'],
        summary: 'Read the chart repository of a mesh anew, and list its versions',
        params: Params,
        querystring: VersionsQuery,
        response: { 200: pageOf(MeshVersion, 'MeshVersionPage') },
      },
    },
    async ({ params: { mesh }, query: { cluster } }) => {
      await registry.refreshVersions(mesh)
      return { items: versionsFor(mesh, cluster) }
    },
  )

  http.get(
    '/api/v1/meshes/:mesh/actions',
    {
      schema: {
        tags: ['meshes'],
        summary: 'What can be done with a mesh, with the parameters of each action as JSON Schema',
        params: Params,
        querystring: z.strictObject({ version: z.exactOptional(z.string().max(64)) }),
        response: { 200: pageOf(MeshAction, 'MeshActionPage') },
      },
    },
    async ({ params: { mesh } }) => ({ items: registry.description(mesh).actions.map(viewAction) }),
  )
}
