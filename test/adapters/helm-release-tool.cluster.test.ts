import { mkdir, mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { openClusterSession } from '../../adapters/runtime/cluster-session.js'
import { readConfig } from '../../adapters/runtime/config.js'
import { openHelm } from '../../adapters/runtime/helm.js'
import { openHelmProcesses } from '../../adapters/runtime/helm-process.js'
import { helmReleaseTool } from '../../adapters/runtime/helm-release-tool.js'
import { toolPath } from '../cluster/binaries/tool-path.js'
import { clusterTest } from '../cluster/cluster-test.js'
import { endAll } from '../support/end-all.js'
import { startGrantedCluster } from './cluster-grant.js'

const describe = clusterTest('api', import.meta.url)

describe('a release by the real helm', () => {
  it('has the values of the plan and none of the ones before, also when the plan has none', async () => {
    const { cluster, grant } = await startGrantedCluster()
    const workDir = await mkdtemp(join(tmpdir(), 'meshwright-helm-'))
    const { signal } = new AbortController()
    const session = await openClusterSession({ grant, workDir, name: 'op', signal })
    const releases = helmReleaseTool({
      helm: openHelm(configOf(workDir), openHelmProcesses(workDir)),
      charts: { find: noChart, list: noChart },
    })
    const chart = { chart: 'tiny', version: '1.0.0', file: await tinyChart(workDir), digest: '', origin: '', repository: '', reference: '' }
    const install = (values: Record<string, unknown>) =>
      releases.install(
        { key: 'tiny', release: 'tiny', namespace: 'default', chart, values },
        { session, signal, seconds: 60, operation: 'op', log: () => undefined },
      )
    const valuesNow = async () => JSON.parse(await cluster.helm(['get', 'values', 'tiny', '--namespace=default', '--output=json']))
    try {
      expect(await install({ a: 1 })).toMatchObject({ code: 0 })
      expect(await valuesNow()).toEqual({ a: 1 })
      expect(await install({})).toMatchObject({ code: 0 })
      expect(await valuesNow()).toEqual(null)
    } finally {
      await session[Symbol.asyncDispose]()
      await endAll(cluster)
    }
  })
})

async function tinyChart(folder: string): Promise<string> {
  const chart = join(folder, 'tiny')
  await mkdir(join(chart, 'templates'), { recursive: true })
  await writeFile(join(chart, 'Chart.yaml'), 'apiVersion: v2\nname: tiny\nversion: 1.0.0\n')
  await writeFile(join(chart, 'templates', 'map.yaml'), 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: tiny}\n')
  return chart
}

function configOf(folder: string) {
  return readConfig({
    ...{ MESHWRIGHT_ADAPTER_SOCKET: join(folder, 's'), MESHWRIGHT_ADAPTER_TOKEN: 'x'.repeat(16), MESHWRIGHT_ADAPTER_WORK_DIR: folder },
    ...{ MESHWRIGHT_DATA_DIR: folder, MESHWRIGHT_HELM: toolPath('helm') },
  })
}

function noChart(): Promise<never> {
  return Promise.reject(new Error('no chart is looked for'))
}
