import { z } from 'zod'
import { Id } from '../../contract/primitives.js'
import { FaultScript, SandboxReset, SandboxState } from '../../contract/sandbox.js'
import type { HttpServer } from '../http/http-server.js'
import type { ClusterDeps } from './cluster-deps.js'
import { controlSandbox, resetSandbox } from './control-sandbox.js'
import { findCluster } from './find-cluster.js'

const tags = ['clusters']
const params = z.strictObject({ id: Id })
const response = { 200: SandboxState }

/** What only a simulated cluster has: a scene to begin anew with, and faults on demand. 409 for real ones. */
export function registerSandboxes(http: HttpServer, deps: ClusterDeps): void {
  const row = (id: string) => findCluster(deps.store, id)

  http.get(
    '/api/v1/clusters/:id/sandbox',
    { schema: { tags, summary: 'State of a simulated cluster', params, response } },
    async (request) => controlSandbox(deps, row(request.params.id), { method: 'GET', path: '/_sandbox' }),
  )

  http.post(
    '/api/v1/clusters/:id/sandbox/reset',
    { schema: { tags, summary: 'Begin a simulated cluster anew', params, body: SandboxReset, response } },
    async (request) => resetSandbox(deps, row(request.params.id), request.body),
  )

  http.put(
    '/api/v1/clusters/:id/sandbox/faults',
    { schema: { tags, summary: 'Make a simulated cluster misbehave', params, body: FaultScript, response } },
    async (request) => controlSandbox(deps, row(request.params.id), { method: 'PUT', path: '/_sandbox/faults', body: request.body }),
  )

  http.delete(
    '/api/v1/clusters/:id/sandbox/faults',
    { schema: { tags, summary: 'End the faults of a simulated cluster', params, response } },
    async (request) => controlSandbox(deps, row(request.params.id), { method: 'DELETE', path: '/_sandbox/faults' }),
  )
}
