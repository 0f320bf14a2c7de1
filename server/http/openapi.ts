import swagger from '@fastify/swagger'
import { createJsonSchemaTransform, jsonSchemaTransformObject } from 'fastify-type-provider-zod'
import { Problem } from '../../contract/problem.js'
import type { HttpServer } from './http-server.js'
import { mergeTwins } from './openapi-components.js'
import { routePolicy } from './route-policy.js'

const toJsonSchema = createJsonSchemaTransform({})

/** Describes every route below /api/v1 as OpenAPI 3.1, from the schemas that check it. Register before the routes. */
export async function describeApi(http: HttpServer, version: string): Promise<void> {
  await http.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Meshwright',
        version,
        description: 'Finds, installs, checks and removes service meshes on your own Kubernetes clusters.',
      },
      servers: [{ url: '/' }],
      components: { securitySchemes: { token: { type: 'http', scheme: 'bearer' } } },
    },
    transform: (route) => {
      if (!route.url.startsWith('/api/v1/')) return { schema: { hide: true }, url: route.url }
      const { schema, url } = toJsonSchema(route)
      const method = Array.isArray(route.route.method) ? route.route.method[0] : route.route.method
      const open = routePolicy[`${method} ${route.url}`] === 'public'
      const documented = { ...schema, operationId: operationIdOf(`${method}`, route.url), security: open ? [] : [{ token: [] }] }
      return { url, schema: { ...documented, response: { ...responsesOf(schema), default: problemResponse } } }
    },
    transformObject: (document) => mergeTwins(jsonSchemaTransformObject(document)),
  })
  http.get('/api/openapi.json', { schema: { hide: true } }, async () => http.swagger())
}

const problemResponse = {
  description: 'What happened, why, and what to do',
  content: { 'application/problem+json': { schema: { $ref: `#/components/schemas/${Problem.meta()?.id ?? 'Problem'}` } } },
}

/** `GET /api/v1/clusters/:id` → `getClustersById`: what generated clients call their functions. */
function operationIdOf(method: string, url: string): string {
  const words = url.replace('/api/v1/', '').split(/[/-]/)
  const upper = (word: string) => word.charAt(0).toUpperCase() + word.slice(1)
  return method.toLowerCase() + words.map((word) => (word.startsWith(':') ? `By${upper(word.slice(1))}` : upper(word))).join('')
}

function responsesOf(schema: unknown): object {
  return typeof schema === 'object' && schema !== null && 'response' in schema && typeof schema.response === 'object'
    ? (schema.response ?? {})
    : {}
}
