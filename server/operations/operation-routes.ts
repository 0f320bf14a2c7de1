import { z } from 'zod'
import { NewOperation, Operation, OperationLogEntry, OperationObjects, OperationState } from '../../contract/operation.js'
import { PageQuery, pageOf } from '../../contract/page.js'
import { Plan } from '../../contract/plan.js'
import { Id, MeshId } from '../../contract/primitives.js'
import { dropAbsent } from '../drop-absent.js'
import type { HttpServer } from '../http/http-server.js'
import { decodeCursor, encodeCursor } from '../http/page-cursor.js'
import { withInstallationAddresses } from './installation-addresses.js'
import type { OperationDeps } from './operation-deps.js'
import type { OperationRow } from './operation-store.js'
import { viewLogEntry, viewObjects, viewOperation, viewPlan } from './operation-view.js'
import { toLeftover } from './plan-entries.js'
import { findOperation } from './record-progress.js'
import { startOperation } from './start-operation.js'
import { cancelOperation, resumeOperation, retryOperation } from './steer-operation.js'

const tags = ['operations']
const Params = z.strictObject({ id: Id })
const ListQuery = z.strictObject({
  ...PageQuery.shape,
  cluster: z.exactOptional(Id),
  mesh: z.exactOptional(MeshId),
  state: z.exactOptional(OperationState),
})
const LogQuery = z.strictObject({
  after: z.coerce.number().int().min(0).default(0),
  limit: z.coerce.number().int().min(1).max(500).default(500),
})

export function registerOperations(http: HttpServer, deps: OperationDeps): void {
  const view = (row: OperationRow) => viewOperation(row, deps.operations.steps(row.id))

  http.post(
    '/api/v1/operations',
    { schema: { tags, summary: 'Start a plan, or plan and start in one go', body: NewOperation, response: { 202: Operation } } },
    async (request, reply) => {
      const complete = 'plan' in request.body ? request.body : await withInstallationAddresses(deps, request.body)
      const { location, body } = deps.idempotency.once({
        ...{ request, schema: Operation },
        work: () => {
          const row = startOperation(deps, complete)
          return { status: 202, location: `/api/v1/operations/${row.id}`, body: view(row) }
        },
      })
      return reply.code(202).headers({ location }).send(body)
    },
  )

  http.get(
    '/api/v1/operations',
    {
      schema: { tags, summary: 'Operations, newest first', querystring: ListQuery, response: { 200: pageOf(Operation, 'OperationPage') } },
    },
    async ({ query: { limit, cursor, ...filter } }) => {
      const position = cursor === undefined ? undefined : decodeCursor(cursor)
      const before = position && { createdAt: Number(position.value), id: String(position.id) }
      const rows = deps.operations.list(filter, { before, limit: limit + 1 })
      const page = rows.slice(0, limit)
      const last = page.at(-1)
      const next = rows.length > limit && last !== undefined ? encodeCursor({ value: last.createdAt, id: last.id }) : undefined
      return { items: page.map(view), ...dropAbsent({ next }) }
    },
  )

  http.get(
    '/api/v1/operations/:id',
    { schema: { tags, summary: 'One operation', params: Params, response: { 200: Operation } } },
    async ({ params: { id } }) => view(findOperation(deps, id)),
  )

  http.get(
    '/api/v1/operations/:id/log',
    {
      schema: {
        tags,
        summary: 'The log of an operation after an entry',
        params: Params,
        querystring: LogQuery,
        response: { 200: pageOf(OperationLogEntry, 'OperationLogPage') },
      },
    },
    async ({ params: { id }, query: { after, limit } }) => {
      const rows = deps.logs.after(findOperation(deps, id).id, { after, limit: limit + 1 })
      const items = rows.slice(0, limit).map(viewLogEntry)
      const next = rows.length > limit ? String(items.at(-1)?.n) : undefined
      return { items, total: deps.logs.count(id), ...dropAbsent({ next }) }
    },
  )

  http.get(
    '/api/v1/operations/:id/objects',
    { schema: { tags, summary: 'What an operation changed: three lists', params: Params, response: { 200: OperationObjects } } },
    async ({ params: { id } }) => {
      const { mesh, state } = findOperation(deps, id)
      const installed =
        state === 'planning' || state === 'ready' || state === 'queued' ? [] : deps.registry.description(mesh).info.invisibleLeftovers
      const invisible = installed
        .map(toLeftover)
        .map(({ description, reason, removeBy }) => ({ description, reason, ...dropAbsent({ removeBy }) }))
      return viewObjects(deps.objects, id, invisible)
    },
  )

  registerSteering(http, deps)
}

function registerSteering(http: HttpServer, deps: OperationDeps): void {
  const view = (row: OperationRow) => viewOperation(row, deps.operations.steps(row.id))
  const accepted = { params: Params, response: { 202: Operation } }

  http.post(
    '/api/v1/operations/:id/cancel',
    { schema: { tags, summary: 'Stop an operation after what it does now', ...accepted } },
    async ({ params: { id } }, reply) => reply.code(202).send(view(await cancelOperation(deps, id))),
  )

  http.post(
    '/api/v1/operations/:id/resume',
    { schema: { tags, summary: 'Go on with an interrupted operation', ...accepted } },
    async ({ params: { id } }, reply) => reply.code(202).send(view(await resumeOperation(deps, id))),
  )

  http.post(
    '/api/v1/operations/:id/retry',
    { schema: { tags, summary: 'Make a new plan for what a failed operation wanted', params: Params, response: { 202: Plan } } },
    async ({ params: { id } }, reply) => {
      const plan = retryOperation(deps, id)
      return reply.code(202).header('location', `/api/v1/plans/${plan.id}`).send(viewPlan(deps.plans, plan))
    },
  )
}
