import { z } from 'zod'
import { PageQuery, pageOf } from '../../contract/page.js'
import { Id, MeshId } from '../../contract/primitives.js'
import { NewApproval, NewRollout, Rollout } from '../../contract/rollout.js'
import type { HttpServer } from '../http/http-server.js'
import { pageOfItems } from '../http/page-cursor.js'
import { beginRollout } from './begin-rollout.js'
import type { RolloutDeps } from './rollout-deps.js'
import type { RolloutRow } from './rollout-store.js'
import { viewRollout } from './rollout-view.js'
import { approveStage, replanStage, stopRollout } from './steer-rollout.js'

const tags = ['rollouts']
const Params = z.strictObject({ id: Id })
const ListQuery = z.strictObject({ ...PageQuery.shape, cluster: z.exactOptional(Id), mesh: z.exactOptional(MeshId) })

export function registerRollouts(http: HttpServer, deps: RolloutDeps): void {
  http.post(
    '/api/v1/rollouts',
    {
      schema: {
        tags,
        summary: 'Begin an upgrade by a second control plane; its first stage is planned, nothing is changed',
        ...{ body: NewRollout, response: { 202: Rollout } },
      },
    },
    async (request, reply) => {
      const { location, body } = deps.idempotency.once({
        ...{ request, schema: Rollout },
        work: () => {
          const row = beginRollout(deps, request.body)
          return { status: 202, location: `/api/v1/rollouts/${row.id}`, body: viewRollout(deps, row) }
        },
      })
      return reply.code(202).headers({ location }).send(body)
    },
  )

  http.get(
    '/api/v1/rollouts',
    { schema: { tags, summary: 'Rollouts, newest first', querystring: ListQuery, response: { 200: pageOf(Rollout, 'RolloutPage') } } },
    async ({ query: { limit, cursor, ...filter } }) => {
      const positionOf = ({ createdAt, id }: RolloutRow) => ({ value: createdAt, id })
      const { items, ...page } = pageOfItems(deps.rollouts.list(filter), { limit, cursor, positionOf, descending: true })
      return { items: items.map((row) => viewRollout(deps, row)), ...page }
    },
  )

  http.get(
    '/api/v1/rollouts/:id',
    { schema: { tags, summary: 'One rollout with its stages', params: Params, response: { 200: Rollout } } },
    async ({ params }) => viewRollout(deps, params),
  )

  http.post(
    '/api/v1/rollouts/:id/approve',
    {
      schema: {
        tags,
        summary: 'Start the plan of the present stage',
        ...{ params: Params, body: NewApproval, response: { 202: Rollout } },
      },
    },
    async ({ params: { id }, body }, reply) => reply.code(202).send(viewRollout(deps, approveStage(deps, id, body))),
  )

  http.post(
    '/api/v1/rollouts/:id/replan',
    { schema: { tags, summary: 'Plan the present stage again', params: Params, response: { 202: Rollout } } },
    async ({ params: { id } }, reply) => reply.code(202).send(viewRollout(deps, replanStage(deps, id))),
  )

  http.post(
    '/api/v1/rollouts/:id/stop',
    { schema: { tags, summary: 'Let no further stage come; what has run stays', params: Params, response: { 200: Rollout } } },
    async ({ params: { id } }) => viewRollout(deps, stopRollout(deps, id)),
  )
}
