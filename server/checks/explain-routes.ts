import { ExplainQuery, Explanation } from '../../contract/explanation.js'
import { pageOf } from '../../contract/page.js'
import type { HttpServer } from '../http/http-server.js'
import { type ExplainDeps, explainPod } from './explain-pod.js'

/** Why a pod is in a mesh or not, in words; reads the cluster now. */
export function registerExplanations(http: HttpServer, deps: ExplainDeps): void {
  http.get(
    '/api/v1/workloads/explain',
    {
      schema: {
        tags: ['checks'],
        summary: 'Why a pod is in a mesh or not, proved by a dry run; nothing is changed',
        querystring: ExplainQuery,
        response: { 200: pageOf(Explanation, 'ExplanationPage') },
      },
    },
    async ({ query }) => ({ items: await explainPod(deps, query) }),
  )
}
