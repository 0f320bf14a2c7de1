import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Grant, Severity } from '../../proto/gen/meshwright/adapter/v1/adapter.js'
import { type RunningSandbox, startSandbox } from '../sandbox/sandbox-under-test.js'
import { callOf } from './adapter-contract.js'
import { startAdapter } from './adapter-under-test.js'

describe('Reports that the values of Kuma ask for', () => {
  let sandbox: RunningSandbox
  let grant: Grant

  beforeAll(async () => {
    sandbox = await startSandbox('three-meshes')
    grant = { url: sandbox.url, caPem: '', token: sandbox.token, expiresAt: undefined, namespaces: [], simulated: true }
  })
  afterAll(() => sandbox?.stop())

  it.each([
    { offline: '0', severity: Severity.SEVERITY_INFO },
    { offline: '1', severity: Severity.SEVERITY_WARNING },
  ])('are told by the plan of an upgrade with MESHWRIGHT_OFFLINE=$offline', async ({ offline, severity }) => {
    await using kuma = await startAdapter({ mesh: 'kuma', environment: { MESHWRIGHT_OFFLINE: offline } })
    const values = { controlPlane: { envVars: { KUMA_REPORTS_ENABLED: 'true' } } }
    const plan = await kuma.plan(callOf('upgrade', { version: '2.14.3', parameters: { components: { kuma: { values } } } }), grant)
    const told = plan.of('finding').filter(({ code }) => code === 'phones-home')
    expect(told.map((finding) => finding.severity)).toEqual([severity])
  })
})
