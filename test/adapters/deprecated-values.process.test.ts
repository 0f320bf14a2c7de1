import { describe, expect, it } from 'vitest'
import { type Grant, Severity } from '../../proto/gen/meshwright/adapter/v1/adapter.js'
import { type RunningSandbox, startSandbox } from '../sandbox/sandbox-under-test.js'
import { callOf } from './adapter-contract.js'
import { startAdapter } from './adapter-under-test.js'

describe('A value that the chart of Kuma calls deprecated', () => {
  const grantOf = ({ url, token }: RunningSandbox): Grant => ({
    ...{ url, caPem: '', token, expiresAt: undefined, namespaces: [], simulated: true },
  })

  it.each([
    ['install', 'empty'],
    ['upgrade', 'three-meshes'],
  ] as const)('is warned of by the plan of an %s', async (action, scene) => {
    await using sandbox = await startSandbox(scene)
    await using kuma = await startAdapter({ mesh: 'kuma' })
    const values = { ingress: { annotations: { note: 'ours' }, podAnnotations: { note: 'ours' } } }
    const plan = await kuma.plan(callOf(action, { version: '2.14.3', parameters: { components: { kuma: { values } } } }), grantOf(sandbox))
    const told = plan.of('finding').filter(({ code }) => code === 'value-deprecated')
    expect(told).toMatchObject([
      {
        severity: Severity.SEVERITY_WARNING,
        message: 'Value ingress.annotations of release kuma is deprecated.',
        remedy: 'Use ingress.podAnnotations instead.',
      },
    ])
  })
})
