import { execFile } from 'node:child_process'
import { mkdtemp, readFile, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Cluster } from '../../contract/cluster.js'
import type { Plan } from '../../contract/plan.js'
import { toolPath } from '../cluster/binaries/tool-path.js'
import { clusterTest } from '../cluster/cluster-test.js'
import { startKwokCluster } from '../cluster/kwok-cluster.js'
import { runOperation, startMeshServer } from '../cluster/meshes/with-mesh.js'
import type { TestCluster } from '../cluster/test-cluster.js'
import { findShared, isMissing } from '../support/missing-tool.js'
import { type RunningServer, waitFor } from '../support/running-server.js'

const describe = isMissing('shared') ? clusterTest('kwok', import.meta.url).skip : clusterTest('kwok', import.meta.url)
const run = promisify(execFile)

const istiod = {
  pilot: { autoscaleEnabled: false, podAnnotations: { hostile: 'it\'s $(touch /tmp/hacked) `x` "q"\nVALUES\nEOF\n' } },
  global: { proxy: { accessLogFormat: '' } },
}

describe('a plan handed to a person with helm', () => {
  let cluster: TestCluster
  let server: RunningServer
  let repository: Server
  let added: Cluster

  beforeAll(async () => {
    cluster = await startKwokCluster()
    server = await startMeshServer()
    repository = await serveFolder(join(findShared() ?? '', 'charts'))
    added = await server.post<Cluster>('/api/v1/clusters', { name: 'api', kubeconfig: cluster.kubeconfigText })
  })
  afterAll(async () => {
    repository?.close()
    await server?.stop()
    await cluster?.stop()
  })

  const request = (values: object) => ({
    ...{ cluster: added.id, mesh: 'istio', action: 'install', version: '1.30.3' },
    components: { istiod: { values } },
  })
  const planned = async (values: object) => {
    // This level points webhooks at a responder of its own, and beside that address their own is refused.
    await cluster.kubectl(['delete', 'validatingwebhookconfigurations,mutatingwebhookconfigurations', '--all'])
    const { id } = await server.post<Plan>('/api/v1/plans', request(values))
    const plan = await waitFor(
      () => server.get<Plan>(`/api/v1/plans/${id}`),
      ({ state }) => state !== 'planning',
    )
    expect(plan.findings.filter(({ severity }) => severity === 'error')).toEqual([])
    expect({ state: plan.state, failure: plan.failure }).toEqual({ state: 'ready', failure: undefined })
    return plan
  }
  const releases = async () => {
    const listed: { name: string; namespace: string; chart: string; status: string }[] = JSON.parse(
      await cluster.helm(['list', '--all-namespaces', '--output=json']),
    )
    return Promise.all(
      listed.map(async ({ name, namespace, chart, status }) => {
        const of = [name, `--namespace=${namespace}`]
        const values = JSON.parse(await cluster.helm(['get', 'values', ...of, '--output=json']))
        return { name, namespace, chart, status, values, manifest: await cluster.helm(['get', 'manifest', ...of]) }
      }),
    )
  }

  it('comes to the same releases by its script as by Meshwright', async () => {
    const plan = await planned(istiod)
    expect(plan.steps.map(({ release }) => release?.valuesBefore)).toEqual([undefined, undefined])
    const script = await exportOf(plan)
    // A package from a mirror is named by the project's own repository, which is stood in for here.
    expect(script.match(/--repo \S+/g)).toEqual(Array(2).fill('--repo https://istio-release.storage.googleapis.com/charts'))
    await runOperation(server, { ...request(istiod), confirm: true })
    const ours = await releases()
    for (const { name, namespace } of ours) await cluster.helm(['uninstall', name, `--namespace=${namespace}`, '--wait'])
    await runScript(script)
    expect(await releases()).toEqual(ours)
    expect(ours.map(({ name, status }) => `${name} ${status}`)).toEqual(['istio-base deployed', 'istiod deployed'])
  })

  it('shows what changes of the values that a release has, and its script sets them back as the plan says', async () => {
    const wanted = { autoscaleEnabled: false, traceSampling: 5 }
    const plan = await planned({ pilot: wanted })
    const release = plan.steps.find(({ key }) => key === 'istiod')?.release
    expect(release?.valuesBefore).toContain('hostile')
    expect(release?.valuesDiff).toMatch(/^-\s+hostile:/m)
    expect(release?.valuesDiff).toMatch(/^\+\s+traceSampling: 5$/m)
    await runScript(await exportOf(plan))
    const [, after] = await releases()
    expect(after?.values.pilot).toEqual(wanted)
    const again = await planned({ pilot: wanted })
    expect(again.steps.map(({ release: same }) => same?.valuesDiff)).toEqual(['', ''])
  })

  async function exportOf({ id }: Plan): Promise<string> {
    const answer = await fetch(`${server.url}/api/v1/plans/${id}/export?format=helm`, {
      headers: { authorization: `Bearer ${server.token}` },
    })
    expect(answer.status).toBe(200)
    expect(answer.headers.get('content-disposition')).toBe('attachment; filename="istio-install-1.30.3.sh"')
    return answer.text()
  }

  async function runScript(script: string): Promise<void> {
    const folder = await mkdtemp(join(tmpdir(), 'meshwright-script-'))
    const address = repository.address()
    const port = typeof address === 'object' ? address?.port : ''
    await writeFile(join(folder, 'install.sh'), script.replaceAll(/https:\/\/istio-release\S+/g, `http://127.0.0.1:${port}`))
    const env = { PATH: `${dirname(toolPath('helm'))}:${process.env.PATH}`, HOME: folder, KUBECONFIG: cluster.kubeconfig }
    await run('/bin/sh', [join(folder, 'install.sh'), '--timeout', '60s'], { env, cwd: folder })
  }
})

async function serveFolder(folder: string): Promise<Server> {
  const server = createServer((request, response) => {
    readFile(join(folder, basename(request.url ?? ''))).then(
      (file) => response.end(file),
      () => response.writeHead(404).end(),
    )
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return server
}
