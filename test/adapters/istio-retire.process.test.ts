import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Agent } from 'undici'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { outsideFindings } from '../../adapters/istio/revisions/outside-proxies.js'
import { openClusterSession } from '../../adapters/runtime/cluster-session.js'
import { Severity } from '../../proto/gen/meshwright/adapter/v1/adapter.js'
import type { ContractClient } from '../cluster/contract/contract-client.js'
import { sandboxClient } from '../sandbox/fill-sandbox.js'
import { type RunningSandbox, startSandbox } from '../sandbox/sandbox-under-test.js'

// One story: the second step adds to what the first has looked at. The API is the simulated one, with the definitions of Istio.
describe('Before a revision of Istio is retired, proxies outside of the cluster', () => {
  const dispatcher = new Agent()
  let workDir: string
  let sandbox: RunningSandbox
  let api: ContractClient

  beforeAll(async () => {
    workDir = await mkdtemp(join(tmpdir(), 'mw-retire-'))
    sandbox = await startSandbox('three-meshes')
    api = sandboxClient(sandbox, dispatcher)
  })
  afterAll(async () => {
    await Promise.all([sandbox?.stop(), dispatcher.close()])
    await rm(workDir, { recursive: true, force: true })
  })

  const outside = async () => {
    const grant = { url: sandbox.url, caPem: '', token: sandbox.token, expiresAt: undefined, namespaces: [], simulated: true }
    await using session = await openClusterSession({ grant, workDir, name: 'look', signal: new AbortController().signal })
    return await outsideFindings(session, { revision: '1-29-6' })
  }

  it('are no matter where there are none', async () => {
    expect(await outside()).toEqual([])
  })

  it('are warned of by name, since which control plane they ask is set where they run', async () => {
    for (const name of ['vm-2', 'vm-1']) {
      const entry = { apiVersion: 'networking.istio.io/v1', kind: 'WorkloadEntry', metadata: { name }, spec: { address: '192.0.2.7' } }
      const { status } = await api.create('/apis/networking.istio.io/v1/namespaces/default/workloadentries', entry)
      expect(status).toBe(201)
    }
    expect(await outside()).toMatchObject([
      {
        code: 'outside-not-counted',
        severity: Severity.SEVERITY_WARNING,
        message:
          '2 workloads outside of the cluster may be served by revision 1-29-6: WorkloadEntry default/vm-1, WorkloadEntry default/vm-2.',
      },
    ])
  })
})
