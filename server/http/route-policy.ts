import type { HttpServer } from './http-server.js'

/** Who may call a route: anybody, whoever holds the local token, or any signed-in user (the local token included). */
export type Policy = 'public' | 'local-token' | 'user'

/** Every route of the server. One that is missing here, or that is here and does not exist, fails the boot. */
export const routePolicy: Readonly<Record<string, Policy>> = {
  'GET /*': 'public',
  'GET /healthz': 'public',
  'GET /readyz': 'public',
  'GET /metrics': 'user',
  'GET /api/openapi.json': 'public',
  'GET /api/docs': 'public',
  'GET /api/docs/:file': 'public',
  'GET /api/v1/version': 'public',
  'POST /api/v1/session': 'public',
  'POST /api/v1/session/codes': 'local-token',
  'GET /api/v1/clusters': 'user',
  'POST /api/v1/clusters': 'user',
  'GET /api/v1/clusters/:id': 'user',
  'PATCH /api/v1/clusters/:id': 'user',
  'DELETE /api/v1/clusters/:id': 'user',
  'POST /api/v1/clusters/:id/check': 'user',
  'GET /api/v1/clusters/:id/sandbox': 'user',
  'POST /api/v1/clusters/:id/sandbox/reset': 'user',
  'PUT /api/v1/clusters/:id/sandbox/faults': 'user',
  'DELETE /api/v1/clusters/:id/sandbox/faults': 'user',
  'GET /api/v1/kubeconfig-contexts': 'user',
  'GET /api/v1/installations': 'user',
  'GET /api/v1/installations/:id': 'user',
  'POST /api/v1/installations/:id/checks': 'user',
  'GET /api/v1/installations/:id/checks': 'user',
  'GET /api/v1/certificates': 'user',
  'GET /api/v1/namespaces': 'user',
  'GET /api/v1/pods': 'user',
  'GET /api/v1/workloads/explain': 'user',
  'GET /api/v1/events': 'user',
  'GET /api/v1/events/stream': 'user',
  'POST /api/v1/plans': 'user',
  'GET /api/v1/plans/:id': 'user',
  'GET /api/v1/plans/:id/export': 'user',
  'GET /api/v1/plans/:id/objects': 'user',
  'GET /api/v1/plans/:id/objects/:n': 'user',
  'POST /api/v1/operations': 'user',
  'GET /api/v1/operations': 'user',
  'GET /api/v1/operations/:id': 'user',
  'GET /api/v1/operations/:id/log': 'user',
  'GET /api/v1/operations/:id/objects': 'user',
  'GET /api/v1/operations/:id/artifacts': 'user',
  'GET /api/v1/operations/:id/artifacts/:name': 'user',
  'POST /api/v1/operations/:id/artifacts/:name/take': 'user',
  'POST /api/v1/operations/:id/cancel': 'user',
  'POST /api/v1/operations/:id/resume': 'user',
  'POST /api/v1/operations/:id/retry': 'user',
  'GET /api/v1/rollouts': 'user',
  'POST /api/v1/rollouts': 'user',
  'GET /api/v1/rollouts/:id': 'user',
  'POST /api/v1/rollouts/:id/approve': 'user',
  'POST /api/v1/rollouts/:id/replan': 'user',
  'POST /api/v1/rollouts/:id/stop': 'user',
  'GET /api/v1/meshes': 'user',
  'GET /api/v1/meshes/:mesh': 'user',
  'GET /api/v1/meshes/:mesh/versions': 'user',
  'POST /api/v1/meshes/:mesh/versions/refresh': 'user',
  'GET /api/v1/meshes/:mesh/actions': 'user',
  'GET /api/v1/adapters': 'user',
  'POST /api/v1/adapters/:mesh/ping': 'user',
}

/** Collects the routes as they are registered; `check` compares both ways and throws with all that is wrong. */
export function watchRoutes(http: HttpServer): { check(): void; methodsAt(path: string): string[] } {
  const routes = new Map<string, { pattern: RegExp; methods: Set<string> }>()
  http.addHook('onRoute', ({ url, method }) => {
    const methods = (Array.isArray(method) ? method : [method]).map((name) => (name === 'HEAD' ? 'GET' : name))
    const known = routes.get(url) ?? { pattern: toPattern(url), methods: new Set<string>() }
    for (const name of methods) known.methods.add(name)
    routes.set(url, known)
  })
  return {
    check() {
      const declared = new Set(Object.keys(routePolicy))
      const registered = new Set([...routes].flatMap(([url, { methods }]) => [...methods].map((method) => `${method} ${url}`)))
      const faults = [
        ...[...registered].filter((route) => !declared.has(route)).map((route) => `${route} is not declared`),
        ...[...declared].filter((route) => !registered.has(route)).map((route) => `${route} is declared and does not exist`),
      ]
      if (faults.length > 0) throw new Error(`server/http/route-policy.ts: ${faults.join('; ')}`)
    },
    methodsAt: (path) => [...routes].flatMap(([url, { pattern, methods }]) => (url !== '/*' && pattern.test(path) ? [...methods] : [])),
  }
}

function toPattern(url: string): RegExp {
  const segments = url.split('/').map((segment) => (segment.startsWith(':') ? '[^/]+' : segment.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')))
  return new RegExp(`^${segments.join('/')}$`)
}
