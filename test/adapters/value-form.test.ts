import { expect, it } from 'vitest'
import { istioCatalog } from '../../adapters/istio/istio-catalog.js'
import { formFindings } from '../../adapters/runtime/value-form.js'

const istiod = istioCatalog.components.find(({ component }) => component === 'istiod')

const said = (values: Record<string, unknown>) => {
  if (istiod === undefined) throw new Error('Istio has no istiod')
  return formFindings({ release: 'istiod', component: istiod, values }).map(({ message }) => message)
}

it('values of a form are refused when they are of another type than their chart takes, and named', () => {
  expect(said({ replicaCount: 'many', autoscaleEnabled: 'perhaps', traceSampling: true, resources: { requests: { cpu: ['1'] } } })).toEqual(
    [
      'Value autoscaleEnabled of release istiod is "perhaps", and its chart takes true or false.',
      'Value replicaCount of release istiod is "many", and its chart takes a whole number.',
      'Value resources.requests.cpu of release istiod is ["1"], and its chart takes a text.',
      'Value traceSampling of release istiod is true, and its chart takes a number.',
    ],
  )
  expect(said({ replicaCount: 1.5 })).toHaveLength(1)
  expect(said({ replicaCount: '' })).toHaveLength(1)
})

it('text that reads as the type is taken, as is nothing, and what the form does not know', () => {
  expect(said({ replicaCount: '3', traceSampling: '1.5', autoscaleEnabled: 'false', resources: { requests: { cpu: 1 } } })).toEqual([])
  expect(said({ replicaCount: null, resources: 'odd', other: { replicaCount: 'many' } })).toEqual([])
})
