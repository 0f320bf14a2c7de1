import { z } from 'zod'
import { Adapter, Mesh, MeshAction, MeshVersion } from '../../contract/mesh.js'
import { pageOf } from '../../contract/page.js'
import { MeshId } from '../../contract/primitives.js'
import type { AdapterRegistry } from '../adapter-link/adapter-registry.js'
import type { HttpServer } from '../http/http-server.js'
import { viewAction, viewAdapter, viewMesh, viewVersions } from './mesh-view.js'

const Params = z.strictObject({ mesh: MeshId })

/** The products that we know, and the adapter processes that know them. All but `ping` is answered without a process. */
export function registerMeshes(http: HttpServer, { registry, today }: { registry: AdapterRegistry; today: () => string }): void {
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
        summary: 'Versions, newest first',
        params: Params,
        response: { 200: pageOf(MeshVersion, 'MeshVersionPage') },
      },
    },
    async ({ params: { mesh } }) => ({ items: viewVersions(registry.description(mesh).versions, today()) }),
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

  http.get(
    '/api/v1/adapters',
    { schema: { tags: ['adapters'], summary: 'Adapter processes and how they are', response: { 200: pageOf(Adapter, 'AdapterPage') } } },
    async () => {
      const items = registry.descriptions().map((description) => viewAdapter(description, registry.status(description.mesh)))
      return { items, total: items.length }
    },
  )

  http.post(
    '/api/v1/adapters/:mesh/ping',
    {
      schema: {
        tags: ['adapters'],
        summary: 'Start an adapter if need be and ask whether it answers',
        params: Params,
        response: { 200: Adapter },
      },
    },
    async ({ params: { mesh } }) => {
      const client = await registry.connect(mesh)
      await client.ping()
      return viewAdapter(registry.description(mesh), registry.status(mesh))
    },
  )
}
