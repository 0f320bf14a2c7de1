import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Cluster } from '../../contract/cluster.js'
import type { Installation } from '../../contract/installation.js'
import { answerAll } from '../../installers/installer-table.js'
import { runCli } from '../support/run-cli.js'
import { type ScriptedApi, startScriptedApi } from '../support/scripted-api.js'

const at = '2026-11-25T12:00:00.000Z'
const clusterId = '019ab000-0000-7000-8000-000000000001'
const cluster: Cluster = {
  ...{ id: clusterId, name: 'lab', server: 'https://127.0.0.1:6443', source: 'upload', scope: 'cluster', simulated: false },
  ...{ state: 'live', since: at, kinds: [], createdAt: at, updatedAt: at },
}
const installation: Installation = {
  ...{ id: 'i', cluster: clusterId, simulated: false, mesh: 'istio', namespace: 'istio-system', revision: 'default' },
  ...{ version: '1.30.3', versionSource: 'image of discovery', confidence: 'high', evidence: [], health: 'healthy', components: [] },
  ...{ installer: 'flux', managed: false, dataPlane: { pods: 0, injected: 0, byVersion: {} }, observedAt: at },
  can: answerAll({ installer: 'flux', where: 'the HelmRelease flux-system/istio of Flux' }),
}

describe('mesh can', () => {
  let api: ScriptedApi

  beforeEach(async () => {
    api = await startScriptedApi({ 'GET /clusters': { items: [cluster] }, 'GET /installations': { items: [installation] } })
  })
  afterEach(() => api.stop())

  it('says of each installation what is done to it, and where the rest is changed', async () => {
    const { stdout, exitCode } = await runCli(['mesh', 'can', 'istio', '--server', api.url], { environment: { MESHWRIGHT_TOKEN: 't' } })
    expect(exitCode).toBe(0)
    const rows = stdout.split('\n')
    expect(rows.find((row) => row.includes('membership'))).toMatch(/istio +lab +istio-system +default +flux +membership +act/)
    expect(rows.find((row) => row.includes('uninstall'))).toMatch(/refuse .*Change it there: the HelmRelease flux-system\/istio of Flux\./)
    expect(rows.find((row) => row.includes(' upgrade '))).toMatch(/refuse .*HelmRelease flux-system\/istio/)
  })
})
