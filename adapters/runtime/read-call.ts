import { Ajv2020 } from 'ajv/dist/2020.js'
import { z } from 'zod'
import { Parameters } from '../../contract/parameters.js'
import { DnsLabel } from '../../contract/primitives.js'
import type { ActionCall } from '../../proto/gen/meshwright/adapter/v1/adapter.js'
import { AdapterError } from './adapter-error.js'
import type { Action, Call, MeshAdapter } from './mesh-adapter.js'

const OptionalLabel = z.union([z.literal(''), DnsLabel])

const ParametersText = z
  .string()
  .max(1024 * 1024)
  .transform((text, context) => {
    const parsed = safeJson(text || '{}')
    if (parsed === undefined) context.addIssue({ code: 'custom', message: 'must be JSON' })
    return parsed
  })
  .pipe(Parameters)

const CallFields = z.object({
  action: z.string(),
  version: z.string(),
  target: z.object({ cluster: z.string(), installation: z.string(), namespace: OptionalLabel, revision: OptionalLabel }),
  parameters: ParametersText,
})

const ajv = new Ajv2020({ allErrors: true, strict: false })

/** Checks a call against the wire's shape and the action's own JSON Schema. Throws `action-not-offered` or `invalid-parameters`. */
export function readCall({ actions, catalog }: MeshAdapter, wire: ActionCall | undefined): { action: Action; call: Call } {
  const action = actions.find(({ key }) => key === wire?.action)
  if (wire === undefined || action === undefined) {
    throw new AdapterError('action-not-offered', `${catalog.title} does not offer the action "${wire?.action ?? ''}".`, {
      ...(actions.length === 0
        ? { cause: 'Meshwright finds this mesh and does not install it yet.', remedy: 'Use its own tool; what it installs is shown here.' }
        : { remedy: `It offers: ${actions.map(({ key }) => key).join(', ')}.` }),
    })
  }
  const target = wire.target ?? { cluster: '', installation: '', namespace: '', revision: '' }
  const fields = CallFields.safeParse({ ...wire, target, parameters: wire.parametersJson })
  if (!fields.success) throw invalid(fields.error.issues.map((issue) => `${issue.path.join('.')} ${issue.message}`))
  const call: Call = fields.data
  const fits = ajv.compile(action.parametersSchema)
  if (!fits(call.parameters)) {
    throw invalid((fits.errors ?? []).map((error) => `${error.instancePath || '/'} ${error.message}${describe(error.params)}`))
  }
  return { action, call }
}

function invalid(faults: string[]): AdapterError {
  return new AdapterError('invalid-parameters', 'The parameters of the action are not right.', {
    cause: faults.slice(0, 10).join('; '),
    remedy: "Correct them; the action's parameters are described by its schema.",
  })
}

function describe(params: Record<string, unknown>): string {
  const named = params.additionalProperty ?? params.allowedValues
  return named === undefined ? '' : ` (${Array.isArray(named) ? named.join(', ') : named})`
}

function safeJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
