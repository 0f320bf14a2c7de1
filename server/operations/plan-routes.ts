import { z } from 'zod'
import { PageQuery, pageOf } from '../../contract/page.js'
import { ActionRequest, ExportFormat, Plan, PlannedObject, PlannedObjectDiff } from '../../contract/plan.js'
import { Id } from '../../contract/primitives.js'
import { AppError } from '../errors.js'
import type { HttpServer } from '../http/http-server.js'
import { decodeCursor, encodeCursor } from '../http/page-cursor.js'
import { withInstallationAddresses } from './installation-addresses.js'
import type { OperationDeps } from './operation-deps.js'
import { viewPlan, viewPlannedObject, viewPlannedObjectDiff } from './operation-view.js'
import { exportPlan } from './plan-export/export-plan.js'
import { planOperation } from './plan-operation.js'
import { findPlan } from './start-operation.js'

const tags = ['plans']
const PlanParams = z.strictObject({ id: Id })
const ExportQuery = z.strictObject({ format: ExportFormat })
const exportedFile = {
  description: 'A shell script for helm, YAML documents for Argo CD and Flux',
  content: { 'text/x-shellscript': { schema: z.string() }, 'application/yaml': { schema: z.string() } },
}
const ObjectParams = z.strictObject({ id: Id, n: z.coerce.number().int().min(1) })

export function registerPlans(http: HttpServer, deps: OperationDeps): void {
  http.post(
    '/api/v1/plans',
    { schema: { tags, summary: 'Plan an action; nothing is changed', body: ActionRequest, response: { 202: Plan } } },
    async (request, reply) => {
      const complete = await withInstallationAddresses(deps, request.body)
      const { location, body } = deps.idempotency.once({
        ...{ request, schema: Plan },
        work: () => {
          const plan = planOperation(deps, complete)
          return { status: 202, location: `/api/v1/plans/${plan.id}`, body: viewPlan(deps.plans, plan) }
        },
      })
      return reply.code(202).headers({ location }).send(body)
    },
  )

  http.get(
    '/api/v1/plans/:id',
    { schema: { tags, summary: 'One plan', params: PlanParams, response: { 200: Plan } } },
    async ({ params: { id } }) => viewPlan(deps.plans, findPlan(deps, id)),
  )

  http.get(
    '/api/v1/plans/:id/export',
    {
      schema: {
        tags,
        summary: 'The releases of a plan as a file for helm, Argo CD or Flux',
        params: PlanParams,
        querystring: ExportQuery,
        response: { 200: exportedFile },
      },
    },
    async ({ params: { id }, query: { format } }, reply) => {
      const { name, type, text } = exportPlan(findPlan(deps, id), format)
      return reply.type(type).header('content-disposition', `attachment; filename="${name}"`).send(text)
    },
  )

  http.get(
    '/api/v1/plans/:id/objects',
    {
      schema: {
        tags,
        summary: 'The objects of a plan, each with its verdict',
        params: PlanParams,
        querystring: PageQuery,
        response: { 200: pageOf(PlannedObject, 'PlannedObjectPage') },
      },
    },
    async ({ params: { id }, query: { limit, cursor } }) => {
      const plan = viewPlan(deps.plans, findPlan(deps, id))
      const after = cursor === undefined ? 0 : Number(decodeCursor(cursor).id)
      const rows = deps.plans.objects(id, { after, limit: limit + 1 })
      const items = rows.slice(0, limit).map(viewPlannedObject)
      const last = items.at(-1)?.n ?? 0
      return { items, total: plan.objectCount, ...(rows.length > limit ? { next: encodeCursor({ value: last, id: last }) } : {}) }
    },
  )

  http.get(
    '/api/v1/plans/:id/objects/:n',
    { schema: { tags, summary: 'One object of a plan with its diff', params: ObjectParams, response: { 200: PlannedObjectDiff } } },
    async ({ params: { id, n } }) => {
      const row = deps.plans.object(findPlan(deps, id).id, n)
      if (row === undefined) throw new AppError('not-found', `The plan has no object ${n}.`)
      return viewPlannedObjectDiff(row)
    },
  )
}
