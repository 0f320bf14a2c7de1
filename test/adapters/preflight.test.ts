import { expect, it } from 'vitest'
import { kumaCatalog } from '../../adapters/kuma/kuma-catalog.js'
import type { ClusterSession } from '../../adapters/runtime/cluster-session.js'
import { checkKubernetesVersion, checkLifetime } from '../../adapters/runtime/preflight.js'
import { Severity } from '../../proto/gen/meshwright/adapter/v1/adapter.js'

it.each([
  ['1.30.0', '1.32.x', ['kubernetes-unsupported'], Severity.SEVERITY_ERROR],
  ['1.33.1', '1.32.x', ['kubernetes-untested'], Severity.SEVERITY_WARNING],
  ['1.32.1', '1.32.x', [], undefined],
  ['1.33.1', '', ['kubernetes-tests-not-stated'], Severity.SEVERITY_INFO],
])('On Kubernetes %s, tested with "%s": %s', async (runs, kubernetesTested, codes, severity) => {
  const [known] = kumaCatalog.versions
  if (known === undefined) throw new Error('no version')
  const session = { version: async () => runs } as ClusterSession
  const found = await checkKubernetesVersion(session, 'Kuma', { ...known, kubernetesRequired: '>=1.31.0', kubernetesTested })
  expect(found.map(({ code }) => code)).toEqual(codes)
  expect(found[0]?.severity).toBe(severity)
})

it.each([
  ['2026-11-30', '2026-11-30', [], undefined],
  ['2026-11-30', '2026-12-01', ['end-of-life'], Severity.SEVERITY_WARNING],
  ['', '2026-12-01', ['end-of-life-not-known'], Severity.SEVERITY_INFO],
])('With the end of life on "%s", on %s: %s', (endOfLifeOn, today, codes, severity) => {
  const [known] = kumaCatalog.versions
  if (known === undefined) throw new Error('no version')
  const found = checkLifetime('Kuma', { ...known, endOfLifeOn }, new Date(today))
  expect(found.map(({ code }) => code)).toEqual(codes)
  expect(found[0]?.severity).toBe(severity)
})
