import { timeoutParameter } from '../../runtime/parameters-schema.js'
import { addOnNames } from '../istio-add-ons.js'

/** JSON Schema properties of `params` that name add-ons. */
export const addOnParameters = {
  addOns: {
    type: 'array',
    items: { type: 'string', enum: addOnNames },
    minItems: 1,
    uniqueItems: true,
    title: 'Add-ons',
    description: 'Prometheus collects metrics, Grafana and Kiali show them, Jaeger keeps traces.',
  },
  timeoutSeconds: timeoutParameter,
}

/** The schema with `addOns` required: there is none that everybody wants. */
export function requiringAddOns(schema: Record<string, unknown>): Record<string, unknown> {
  const { params, ...others } = schema.properties as { params: object }
  return { ...schema, required: ['params'], properties: { ...others, params: { ...params, required: ['addOns'] } } }
}
