import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { routePolicy } from '../../../server/http/route-policy.js'
import { type AppServer, startAppServer } from '../../support/app-server.js'

interface Operation {
  operationId: string
  summary: string
  tags: string[]
  security: object[]
  responses: Record<string, object>
}

let server: AppServer
let document: { openapi: string; paths: Record<string, Record<string, Operation>>; components: { schemas: Record<string, object> } }
beforeAll(async () => {
  server = await startAppServer()
  document = JSON.parse(await (await server.request('/api/openapi.json')).text())
})
afterAll(() => server[Symbol.asyncDispose]())

const operations = () =>
  Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, ...operation })),
  )

describe('the API document', () => {
  it('describes exactly the routes below /api/v1, each with what it is, who may call it and how it fails', () => {
    expect(document.openapi).toBe('3.1.0')
    const declared = Object.keys(routePolicy).filter((route) => route.includes(' /api/v1/'))
    const described = operations().map(({ method, path }) => `${method.toUpperCase()} ${path.replaceAll(/\{(\w+)\}/g, ':$1')}`)
    expect(described.sort()).toEqual(declared.sort())
    for (const { path, method, summary, tags, security, responses } of operations()) {
      expect([path, summary?.length > 5, tags?.length]).toEqual([path, true, 1])
      const policy = routePolicy[`${method.toUpperCase()} ${path.replaceAll(/\{(\w+)\}/g, ':$1')}`]
      expect([path, security.length === 0]).toEqual([path, policy === 'public'])
      expect(JSON.stringify(responses.default)).toContain('application/problem+json')
    }
  })

  it('gives each operation a name of its own', () => {
    const names = operations().map(({ operationId }) => operationId)
    expect(new Set(names).size).toBe(names.length)
    expect(names).toContain('getClustersById')
  })

  it('has every schema that it refers to, and none twice', () => {
    const references = [...JSON.stringify(document).matchAll(/#\/components\/schemas\/(\w+)/g)].map(([, name]) => name ?? '')
    expect(references.filter((name) => !(name in document.components.schemas))).toEqual([])
    expect(Object.keys(document.components.schemas).filter((name) => name.endsWith('Input'))).toEqual([])
  })

  it('is shown by a viewer that needs nothing from elsewhere', async () => {
    const page = await (await server.request('/api/docs')).text()
    const parts = [...page.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, path]) => path ?? '')
    expect(parts.length).toBe(3)
    for (const path of parts) expect([path, (await server.request(path)).status]).toEqual([path, 200])
    expect((await server.request('/api/docs/package.json')).status).toBe(404)
    expect((await server.request('/api/docs/..%2fpackage.json')).status).toBe(404)
  })
})
