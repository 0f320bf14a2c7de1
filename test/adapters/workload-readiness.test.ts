import { describe, expect, it } from 'vitest'
import { readinessOf } from '../../adapters/runtime/workload-readiness.js'

const definition = (status?: object) =>
  readinessOf({
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: 'widgets.example.com', generation: 1 },
    ...(status ? { status } : {}),
  })

describe('what a definition waits for', () => {
  it.each([
    ['nothing is said of it yet', undefined],
    ['its conditions are null, as the API server tells at first', { conditions: null, storedVersions: ['v1'] }],
    ['its names are accepted', { conditions: [{ type: 'NamesAccepted', status: 'True' }] }],
    ['it is not established', { conditions: [{ type: 'Established', status: 'False' }] }],
  ])('is to be established: %s', (_what, status) => {
    expect(definition(status)).toEqual({ ready: false, detail: 'not established yet' })
  })

  it('is over once it is established', () => {
    expect(definition({ conditions: [{ type: 'Established', status: 'True' }] }).ready).toBe(true)
  })
})
