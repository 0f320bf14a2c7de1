import { describe, expect, it } from 'vitest'
import { consulCharts } from '../../adapters/consul/consul-charts.js'
import { istioCatalog } from '../../adapters/istio/istio-catalog.js'
import { istioCharts } from '../../adapters/istio/istio-charts.js'
import { kumaCharts } from '../../adapters/kuma/kuma-charts.js'
import { linkerdCharts } from '../../adapters/linkerd/linkerd-charts.js'
import { installAction } from '../../adapters/runtime/install-action.js'
import { formFindings } from '../../adapters/runtime/value-form.js'
import { readField } from '../../ui/features/operations/form-values.js'
import { formOf } from '../../ui/features/operations/parameter-schema.js'

const istiod = istioCatalog.components.find(({ component }) => component === 'istiod')

const said = (values: Record<string, unknown>) => {
  if (istiod === undefined) throw new Error('Istio has no istiod')
  return formFindings({ release: 'istiod', component: istiod, values }).map(({ message }) => message)
}

it('values of a form are refused when they are of another type than their chart takes, and named', () => {
  expect(said({ replicaCount: 'many', autoscaleEnabled: 'perhaps', traceSampling: true, resources: { requests: { cpu: ['1'] } } })).toEqual(
    [
      'Value autoscaleEnabled of release istiod is "perhaps", and its chart takes true or false, without quotes.',
      'Value replicaCount of release istiod is "many", and its chart takes a whole number.',
      'Value resources.requests.cpu of release istiod is ["1"], and its chart takes a single text.',
      'Value traceSampling of release istiod is true, and its chart takes a number.',
    ],
  )
  expect(said({ replicaCount: 1.5 })).toHaveLength(1)
  expect(said({ replicaCount: '' })).toHaveLength(1)
})

it('text that reads as a number is taken, as is nothing, and what the form does not know', () => {
  expect(said({ replicaCount: '3', traceSampling: '1.5', autoscaleEnabled: false, resources: { requests: { cpu: 1 } } })).toEqual([])
  expect(said({ replicaCount: null, resources: 'odd', other: { replicaCount: 'many' } })).toEqual([])
})

it('values beyond what the catalogue says are refused, with what is possible', () => {
  expect(said({ replicaCount: 0, traceSampling: 500 })).toEqual([
    'Value replicaCount of release istiod is 0, and must be at least 1.',
    'Value traceSampling of release istiod is 500, and must be at least 0 and at most 100.',
  ])
  expect(said({ replicaCount: 1, autoscaleMin: '0', traceSampling: -0.5 })).toHaveLength(2)
  expect(said({ replicaCount: 1, traceSampling: 100 })).toEqual([])
})

it.each(['true', 'false'])('the text "%s" is no boolean: a template takes any text for true', (text) => {
  expect(said({ autoscaleEnabled: text })).toEqual([
    `Value autoscaleEnabled of release istiod is "${text}", and its chart takes true or false, without quotes.`,
  ])
})

// The page imports nothing of the adapters, so that its rules are a copy: here both judge the same values.
describe('The page and the plan judge a value alike', () => {
  const values = [true, false, 0, 1, -1, 3.5, 100, 101, '', ' ', 'true', 'false', '0', '3', '1.5', '101', 'many', ['1'], { a: 1 }, null]

  const components = [consulCharts, istioCharts, kumaCharts, linkerdCharts].flatMap((mesh) => {
    const { parametersSchema } = installAction(mesh)
    return mesh.catalog.components.filter(({ form }) => form.length > 0).map((component) => ({ component, parametersSchema }))
  })

  it.each(components)('of $component.chart', ({ component, parametersSchema }) => {
    const fields = formOf(parametersSchema, component.component)
    expect(fields.map(({ path }) => path.join('.'))).toEqual(component.form.map(({ path }) => path))
    for (const field of fields)
      for (const value of values) {
        const given = Object(field.path.reduceRight<unknown>((inner, key) => ({ [key]: inner }), value))
        const [inPlan] = formFindings({ release: component.release, component, values: given })
        const onPage = readField(JSON.stringify(given), field).error
        const must = onPage?.slice(onPage.indexOf(' must be ') + ' must be '.length, onPage.lastIndexOf(', and is '))
        expect(must && `Give it ${must}, or leave it out.`, `${field.path.join('.')}: ${JSON.stringify(value)}`).toBe(inPlan?.remedy)
      }
  })
})
