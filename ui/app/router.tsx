import { createRootRoute, createRoute, createRouter, lazyRouteComponent, retainSearchParams } from '@tanstack/react-router'
import { oneOf, textOf, withoutUndefined } from '../lib/search-values.js'
import type { LiveUpdates } from './live-updates.js'
import { NotFound } from './not-found.js'
import { PageError } from './page-error.js'
import { Shell } from './shell.js'

type Search = Record<string, unknown>

/**
 * Every address of the page. Each page is loaded when it is first opened; the chosen cluster stays in every address.
 * What an address may hold is listed here word by word; anything else in it is dropped, never trusted.
 */
export function createAppRouter(live: LiveUpdates) {
  const root = createRootRoute({
    component: () => <Shell live={live} />,
    validateSearch: (search: Search) => withoutUndefined({ cluster: textOf(search.cluster) }),
    search: { middlewares: [retainSearchParams(['cluster'])] },
  })
  const page = { getParentRoute: () => root }
  const routes = [
    createRoute({ ...page, path: '/', component: lazyRouteComponent(() => import('../pages/dashboard-page.js'), 'DashboardPage') }),
    createRoute({
      ...page,
      path: '/welcome',
      validateSearch: (search: Search) => withoutUndefined({ add: oneOf(search.add, ['context', 'upload', 'simulated']) }),
      component: lazyRouteComponent(() => import('../pages/welcome-page.js'), 'WelcomePage'),
    }),
    createRoute({
      ...page,
      path: '/clusters',
      validateSearch: (search: Search) =>
        withoutUndefined({ add: oneOf(search.add, ['context', 'upload', 'simulated']), open: textOf(search.open) }),
      component: lazyRouteComponent(() => import('../pages/clusters-page.js'), 'ClustersPage'),
    }),
    createRoute({ ...page, path: '/meshes', component: lazyRouteComponent(() => import('../pages/meshes-page.js'), 'MeshesPage') }),
    createRoute({
      ...page,
      path: '/meshes/$mesh',
      validateSearch: (search: Search) =>
        withoutUndefined({
          tab: oneOf(search.tab, ['overview', 'health', 'versions', 'namespaces', 'operations']),
          start: textOf(search.start),
          installation: textOf(search.installation),
          plan: textOf(search.plan),
        }),
      component: lazyRouteComponent(() => import('../pages/mesh-page.js'), 'MeshPage'),
    }),
    createRoute({
      ...page,
      path: '/operations',
      validateSearch: (search: Search) =>
        withoutUndefined({ state: oneOf(search.state, ['running', 'succeeded', 'failed', 'interrupted', 'cancelled']) }),
      component: lazyRouteComponent(() => import('../pages/operations-page.js'), 'OperationsPage'),
    }),
    createRoute({
      ...page,
      path: '/operations/$id',
      validateSearch: (search: Search) =>
        withoutUndefined({
          view: oneOf(search.view, ['log', 'objects']),
          list: oneOf(search.list, ['requested', 'observed', 'invisible']),
          step: textOf(search.step),
          find: textOf(search.find),
        }),
      component: lazyRouteComponent(() => import('../pages/operation-page.js'), 'OperationPage'),
    }),
    createRoute({
      ...page,
      path: '/rollouts/$id',
      component: lazyRouteComponent(() => import('../pages/rollout-page.js'), 'RolloutPage'),
    }),
    createRoute({
      ...page,
      path: '/certificates',
      validateSearch: (search: Search) => withoutUndefined({ sort: oneOf(search.sort, ['mesh']) }),
      component: lazyRouteComponent(() => import('../pages/certificates-page.js'), 'CertificatesPage'),
    }),
    createRoute({
      ...page,
      path: '/events',
      validateSearch: (search: Search) => withoutUndefined({ level: oneOf(search.level, ['info', 'warning', 'error']) }),
      component: lazyRouteComponent(() => import('../pages/events-page.js'), 'EventsPage'),
    }),
  ] as const
  return createRouter({
    routeTree: root.addChildren(routes),
    defaultNotFoundComponent: NotFound,
    defaultErrorComponent: PageError,
    scrollRestoration: true,
  })
}

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof createAppRouter>
  }
}
