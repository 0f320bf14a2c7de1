import { z } from 'zod'
import { Adapter } from '../../contract/mesh.js'
import { pageOf } from '../../contract/page.js'
import { MeshId } from '../../contract/primitives.js'
import type { AdapterRegistry } from '../adapter-link/adapter-registry.js'
import type { HttpServer } from '../http/http-server.js'
import { viewAdapter } from './mesh-view.js'

/** The adapter processes. `ping` starts the one that it asks. */
export function registerAdapters(http: HttpServer, registry: AdapterRegistry): void {
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
        params: z.strictObject({ mesh: MeshId }),
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
