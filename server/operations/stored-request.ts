import type { ActionRequest } from '../../contract/plan.js'
import { withholdSecrets } from '../../installers/withhold-secrets.js'
import type { SecretBox, SecretPlace } from '../database/secrets.js'
import { dropAbsent } from '../drop-absent.js'
import type { OperationDeps } from './operation-deps.js'
import type { OperationRow } from './operation-store.js'
import type { PlanRow } from './plan-store.js'

/** A request as it is kept: what everyone may read who may read plans, and its parameters as they were given, sealed. */
type StoredRequest = Pick<PlanRow, 'request' | 'sealedParameters'>

/** Passwords, tokens and keys of a request stand in the sealed half alone. */
export function storeRequest(secrets: SecretBox, plan: string, request: ActionRequest): StoredRequest {
  const { components, images, params } = request
  const shown = {
    components: components && Object.fromEntries(Object.entries(components).map(([name, asked]) => [name, withoutSecrets(asked)])),
    params: params && withholdSecrets(params).values,
  }
  return {
    request: { ...request, ...dropAbsent(shown) } as ActionRequest,
    sealedParameters: secrets.seal(JSON.stringify({ components, images, params }), placeOf(plan)),
  }
}

/** What an operation was asked, as it was made. Throws `conflict` when the sealed half cannot be opened. */
export function requestOf({ plans, secrets }: Pick<OperationDeps, 'plans' | 'secrets'>, { plan, request }: OperationRow): ActionRequest {
  const sealedParameters = plans.find(plan)?.sealedParameters ?? null
  // A plan of before there were sealed halves holds everything itself.
  return sealedParameters === null ? request : { ...request, ...JSON.parse(secrets.open(sealedParameters, placeOf(plan))) }
}

function withoutSecrets<Asked extends { values?: Record<string, unknown> }>(asked: Asked): Asked {
  return asked.values === undefined ? asked : { ...asked, values: withholdSecrets(asked.values).values }
}

function placeOf(row: string): SecretPlace {
  return { table: 'plans', column: 'sealed_parameters', row }
}
