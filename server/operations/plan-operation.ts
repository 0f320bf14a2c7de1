import { Ajv, type ValidateFunction } from 'ajv'
import type { ActionRequest } from '../../contract/plan.js'
import type { MeshDescription } from '../adapter-link/adapter-descriptions.js'
import { newId } from '../database/new-id.js'
import { dropAbsent } from '../drop-absent.js'
import { AppError } from '../errors.js'
import { toActionCall } from './adapter-call.js'
import { toFailure } from './failure.js'
import { neverAsked, type OperationDeps } from './operation-deps.js'
import { type CollectedPlan, collectEntry, emptyPlan } from './plan-entries.js'
import type { PlanRow } from './plan-store.js'
import { storeRequest } from './stored-request.js'
import { withGrant } from './with-grant.js'

const planDeadlineMs = 5 * 60_000
const ajv = new Ajv({ strict: false, allErrors: true })
// By schema text: Ajv keeps every schema object that it ever compiled.
const validators = new Map<string, ValidateFunction>()

interface PlanOptions {
  retryOf?: string
  /** The rollout that the plan is made for. A retry belongs to the rollout of what it retries anyway. */
  parent?: string
  onMade?: () => void
}

/**
 * Records a plan and makes it in the background, then calls `onMade`, whether it is ready, refused or failed.
 * Throws before anything is stored: `not-found`, `action-not-offered`, `invalid-request`, `invalid-parameters`.
 */
export function planOperation(deps: OperationDeps, request: ActionRequest, options: PlanOptions = {}): PlanRow {
  const { retryOf, onMade } = options
  const retried = retryOf === undefined ? undefined : deps.operations.find(retryOf)
  const description = deps.registry.description(request.mesh)
  const { simulated } = deps.clusters.find(request.cluster)
  const complete = withVersion(description, withTarget(deps, request))
  checkParameters(description, complete)
  const id = newId()
  const plan: PlanRow = {
    ...{ id, cluster: request.cluster, ...storeRequest(deps.secrets, id, complete) },
    ...{ state: 'planning', progress: null, failure: null, digest: null, steps: [], findings: [], confirmations: [], leftovers: [] },
    ...{ simulated, retryOf: retryOf ?? null, parent: options.parent ?? retried?.parent ?? null },
    ...{ createdAt: Date.now(), readyAt: null },
  }
  deps.events.change((append) => {
    deps.plans.insert(plan)
    append(planEvent(plan, 'planning'))
  })
  deps.background.start(`plan ${plan.id}`, async () => {
    await makePlan(deps, { id, request: complete })
    onMade?.()
  })
  return plan
}

/** An installation's id stands for its namespace and revision; the revision `default` is the one without a name. */
function withTarget(deps: OperationDeps, request: ActionRequest): ActionRequest {
  const { installation, ...rest } = request
  const named = installation === undefined ? undefined : deps.installationOf(installation)
  const clashes = (['cluster', 'mesh', 'namespace', 'revision'] as const).filter(
    (field) => named !== undefined && rest[field] !== undefined && rest[field] !== named[field],
  )
  if (clashes.length > 0) {
    throw new AppError('invalid-request', 'The installation is not the one that the other fields describe.', {
      remedy: 'Leave out what the installation says already.',
      errors: clashes.map((field) => ({ pointer: `/${field}`, message: `the installation has ${named?.[field]}` })),
    })
  }
  const { revision = named?.revision, namespace = named?.namespace, ...call } = rest
  return { ...call, ...dropAbsent({ namespace, revision: revision === 'default' ? undefined : revision }) }
}

/** The action as its adapter describes it; throws `action-not-offered`. */
export function offeredAction(description: MeshDescription, action: string) {
  const offered = description.actions.find(({ key }) => key === action)
  if (offered !== undefined) return offered
  const { actions, info } = description
  const isOnlyFound = actions.every(({ category }) => category === 'inject' || category === 'sample')
  throw new AppError('action-not-offered', `${info.title} does not offer the action "${action}".`, {
    ...(isOnlyFound ? { cause: 'Meshwright finds this mesh and does not install it yet.' } : {}),
    remedy:
      actions.length === 0
        ? 'Use its own tool; what it installs is shown here.'
        : `It offers: ${actions.map(({ key }) => key).join(', ')}.`,
  })
}

function withVersion({ versions, info }: MeshDescription, request: ActionRequest): ActionRequest {
  if (request.version === undefined) {
    const newest = versions[0]
    const asksVersion = ['install', 'upgrade', 'canary'].includes(request.action)
    return asksVersion && newest !== undefined ? { ...request, version: newest.version } : request
  }
  if (versions.length === 0 || versions.some(({ version }) => version === request.version)) return request
  throw new AppError('invalid-request', `${info.title} ${request.version} is not in the catalogue.`, {
    remedy: `Choose one of: ${versions.map(({ version }) => version).join(', ')}.`,
  })
}

function checkParameters(description: MeshDescription, request: ActionRequest): void {
  const { parametersSchema } = offeredAction(description, request.action)
  if (parametersSchema === '') return
  const validate = validators.get(parametersSchema) ?? ajv.compile(JSON.parse(parametersSchema))
  validators.set(parametersSchema, validate)
  const { components, images, params } = request
  const given = Object.fromEntries(Object.entries({ components, images, params }).filter(([, value]) => value !== undefined))
  if (validate(given)) return
  throw new AppError('invalid-parameters', 'Some parameters of this action are not right.', {
    remedy: `GET /api/v1/meshes/${request.mesh}/actions shows what the action takes.`,
    errors: (validate.errors ?? []).map(({ instancePath, message, params: details }) => ({
      pointer: instancePath || '/',
      message: 'additionalProperty' in details ? `unknown field "${String(details.additionalProperty)}"` : (message ?? 'is not valid'),
    })),
  })
}

async function makePlan(deps: OperationDeps, { id, request }: { id: string; request: ActionRequest }): Promise<void> {
  const release = deps.registry.hold(request.mesh)
  try {
    const plan = await askAdapter(deps, id, request)
    const refused = plan.findings.some(({ severity }) => severity === 'error')
    storePlan(deps, { id, request, plan, state: refused ? 'refused' : 'ready' })
  } catch (error) {
    // The next start says that this plan was cut off.
    if (deps.closing.aborted) return
    deps.log.info({ plan: id, error }, 'a plan could not be made')
    deps.events.change((append) => {
      deps.plans.update(id, { state: 'failed', failure: toFailure(error) })
      append(planEvent({ id, request }, 'failed'))
    })
  } finally {
    release()
  }
}

async function askAdapter(deps: OperationDeps, id: string, request: ActionRequest): Promise<CollectedPlan> {
  const signal = AbortSignal.any([deps.closing, AbortSignal.timeout(planDeadlineMs)])
  const client = await deps.registry.connect(request.mesh)
  const expiresAt = new Date(Date.now() + planDeadlineMs)
  const access = { operation: id, cluster: request.cluster, mode: 'dry-run' as const, expiresAt, onRequested: neverAsked }
  return withGrant(deps, access, async (grant) => {
    const plan = emptyPlan()
    for await (const entry of client.plan({ plan: id, call: toActionCall(request), grant }, signal)) {
      const progress = collectEntry(plan, entry)
      if (progress !== undefined) {
        deps.events.change((append) => {
          deps.plans.update(id, { progress })
          append(planEvent({ id, request }, 'planning'))
        })
      }
    }
    return plan
  })
}

function storePlan(
  deps: OperationDeps,
  { id, request, plan, state }: { id: string; request: ActionRequest; plan: CollectedPlan; state: 'ready' | 'refused' },
): void {
  const { steps, findings, confirmations, leftovers, objects, digest } = plan
  deps.events.change((append) => {
    deps.plans.insertObjects(objects.map((object, index) => ({ plan: id, n: index + 1, ...object })))
    deps.plans.update(id, { state, steps, findings, confirmations, leftovers, digest: digest ?? null, readyAt: Date.now() })
    append(planEvent({ id, request }, state))
  })
}

function planEvent({ id, request }: { id: string; request: ActionRequest }, state: PlanRow['state']) {
  return {
    kind: 'plan.changed' as const,
    level: state === 'failed' ? ('error' as const) : ('info' as const),
    cluster: request.cluster,
    subject: id,
    message: `The plan to ${request.action} ${request.mesh} is ${state === 'planning' ? 'being made' : state}.`,
    data: { state },
  }
}
