import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import type { Cluster } from '../../contract/cluster.js'
import type { Adapter } from '../../contract/mesh.js'
import type { Operation, OperationLogEntry } from '../../contract/operation.js'
import { clusterTest } from '../cluster/cluster-test.js'
import { beginInstall, operationEnded, retryOperation, untilIstiodInstalls } from '../cluster/meshes/begin-install.js'
import { istioImages } from '../cluster/meshes/istio-values.js'
import { startMeshServer } from '../cluster/meshes/with-mesh.js'
import { type NodeCluster, startNodeCluster } from '../cluster/node-cluster.js'
import { longForm } from '../support/long-form.js'
import { childrenNamed, isAlive } from '../support/processes.js'
import { type RunningServer, waitFor } from '../support/running-server.js'

type Items<Item> = { items: Item[] }

const describe = clusterTest('istio', import.meta.url)
describe('an installation that is hit in the middle', () => {
  let node: NodeCluster
  let server: RunningServer
  let cluster: Cluster

  beforeAll(async () => {
    node = await startNodeCluster({ images: istioImages })
  })
  afterAll(() => node?.stop())
  beforeEach(async () => {
    server = await startMeshServer()
    cluster = await server.post<Cluster>('/api/v1/clusters', { name: 'node', kubeconfig: node.kubeconfigText })
  })
  afterEach(async () => {
    await server.stop()
    await node.kubectl(['delete', 'validatingadmissionpolicybinding,validatingadmissionpolicy', 'no-istiod', '--ignore-not-found'])
    await untilIstiodIs(node, 'accepted')
    await removeIstio(node)
  })

  /** A victim that is not there, such as a helm between two steps, is not struck. */
  const strike = async (victim: Victim) => {
    const adapters = await childrenNamed(server.pid, 'node')
    const helms = (await Promise.all(adapters.map((adapter) => childrenNamed(adapter, 'helm')))).flat()
    if (victim === 'server') {
      const { dataDir } = server
      await server.kill()
      server = await startMeshServer({ dataDir })
    }
    for (const pid of victim === 'helm' ? helms : victim === 'adapter' ? adapters : []) process.kill(pid, 'SIGKILL')
  }
  const read = (id: string) => server.get<Operation>(`/api/v1/operations/${id}`)
  const logOf = async (id: string) => (await server.get<Items<OperationLogEntry>>(`/api/v1/operations/${id}/log`)).items
  const startInstall = () => beginInstall(server, cluster)
  const retry = (id: string) => retryOperation(server, id)
  const resumeUntilEnd = async (id: string) => {
    await server.post(`/api/v1/operations/${id}/resume`, {})
    return waitFor(
      () => read(id),
      (operation) => operationEnded(operation) || operation.state === 'interrupted',
      300_000,
    )
  }

  it('by the death of its adapter and helm: is interrupted, looked at, and finished by a resume', async () => {
    const operation = await startInstall()
    await untilIstiodInstalls(server, node, operation)
    const adapter = (await server.get<Items<Adapter>>('/api/v1/adapters')).items.find(({ mesh }) => mesh === 'istio')
    const helms = await childrenNamed(adapter?.pid ?? 0, 'helm')
    expect(helms).toHaveLength(1)
    process.kill(adapter?.pid ?? 0, 'SIGKILL')

    const looked = await waitFor(
      () => read(operation.id),
      ({ outcome, state }) => state === 'interrupted' && outcome?.resumeFrom !== undefined,
    )
    expect(looked.outcome).toMatchObject({ world: 'partial' })
    expect(helms.filter(isAlive)).toEqual([])
    const codes = (await logOf(operation.id)).map(({ code }) => code)
    expect(codes.indexOf('FENCED')).toBeGreaterThan(-1)
    expect(codes.indexOf('RECOVERED')).toBeGreaterThan(codes.indexOf('FENCED'))

    expect(await resumeUntilEnd(operation.id)).toMatchObject({ state: 'succeeded', outcome: { world: 'clean' } })
    expect(await node.kubectl(['get', 'deployment', 'istiod', '-n', 'istio-system', '--output=jsonpath={.status.readyReplicas}'])).toBe('1')
  })

  it('by the death of the server: the next one fences, looks, and a resume finishes', async () => {
    const operation = await startInstall()
    await untilIstiodInstalls(server, node, operation)
    const { dataDir, pid } = server
    const adapters = await childrenNamed(pid, 'node')
    const helms = (await Promise.all(adapters.map((adapter) => childrenNamed(adapter, 'helm')))).flat()
    expect(helms).toHaveLength(1)
    await server.kill()
    await waitFor(
      async () => [...adapters, ...helms].filter(isAlive),
      (alive) => alive.length === 0,
    )

    server = await startMeshServer({ dataDir })
    const looked = await waitFor(
      () => read(operation.id),
      ({ outcome, state }) => state === 'interrupted' && outcome?.resumeFrom !== undefined,
    )
    expect(looked.outcome).toMatchObject({ world: 'partial' })
    const codes = (await logOf(operation.id)).map(({ code }) => code)
    expect(codes.filter((code) => code === 'FENCED' || code === 'RECOVERED')).toEqual(['FENCED', 'RECOVERED'])

    const resumed = await resumeUntilEnd(operation.id)
    expect(resumed, `${JSON.stringify(resumed.error)}\n${brokerTroubles(server)}`).toMatchObject({ state: 'succeeded' })
  })

  it('by the death of helm alone: fails with the step and the reason, and a retry clears what helm left pending', async () => {
    const operation = await startInstall()
    await untilIstiodInstalls(server, node, operation)
    const adapters = await childrenNamed(server.pid, 'node')
    const [helm = 0, ...others] = (await Promise.all(adapters.map((adapter) => childrenNamed(adapter, 'helm')))).flat()
    expect(others).toEqual([])
    process.kill(helm, 'SIGKILL')

    const failed = await waitFor(() => read(operation.id), operationEnded)
    expect(failed).toMatchObject({ state: 'failed', error: { code: 'helm-failed' }, outcome: { world: 'partial' } })
    expect(failed.error?.cause).toContain('helm was ended by a signal from outside')
    expect(failed.steps.map(({ component, state }) => `${component} ${state}`)).toEqual(['base succeeded', 'istiod failed'])
    expect(await node.helm(['list', '--all-namespaces', '--pending', '--short'])).toBe('istiod')

    expect(await retry(operation.id)).toMatchObject({ state: 'succeeded', outcome: { world: 'clean' }, retryOf: operation.id })
    expect(await node.helm(['list', '--all-namespaces', '--pending', '--short'])).toBe('')
  })

  longForm('by helm itself in its second step: says what the API server said, and a retry works when the cause is gone', async () => {
    await node.kubectl(['apply', '--filename=-'], { input: JSON.stringify(refuseIstiod) })
    await untilIstiodIs(node, 'refused')
    const operation = await startInstall()
    const failed = await waitFor(() => read(operation.id), operationEnded, 300_000)
    expect(failed).toMatchObject({ state: 'failed', error: { code: 'object-refused' }, outcome: { world: 'partial' } })
    expect(failed.steps.map(({ component, state }) => `${component} ${state}`)).toEqual(['base succeeded', 'istiod failed'])
    expect(failed.error?.cause).toContain('no istiod today')
    expect(JSON.stringify(failed)).not.toMatch(/exit (status|code) \d/)

    await node.kubectl(['delete', 'validatingadmissionpolicybinding,validatingadmissionpolicy', 'no-istiod'])
    await untilIstiodIs(node, 'accepted')
    expect(await retry(operation.id)).toMatchObject({ state: 'succeeded', retryOf: operation.id })
  })

  longForm(
    'by many deaths at moments of a seed: each is followed by a state that is true, and by an installation that is whole',
    async () => {
      for (const { victim, afterMs } of deaths({ seed: 7, count: 12 })) {
        const operation = await startInstall()
        await sleep(afterMs)
        await strike(victim)
        const after = await waitFor(
          () => read(operation.id),
          (seen) => operationEnded(seen) || (seen.state === 'interrupted' && seen.outcome?.resumeFrom !== undefined),
          300_000,
        )
        const ended = after.state === 'interrupted' ? await resumeUntilEnd(after.id) : after
        const whole = ended.state === 'failed' ? await retry(ended.id) : ended
        expect(whole, `${victim} after ${afterMs} ms: ${JSON.stringify(whole.error)}`).toMatchObject({
          state: 'succeeded',
          outcome: { world: 'clean' },
        })
        expect(await node.helm(['list', '--all-namespaces', '--short'])).toBe('istio-base\nistiod')
        await removeIstio(node)
      }
    },
  )

  it('by a cancel: ends as cancelled, and no helm is left', async () => {
    const operation = await startInstall()
    await untilIstiodInstalls(server, node, operation)
    const adapters = await childrenNamed(server.pid, 'node')
    await server.post(`/api/v1/operations/${operation.id}/cancel`, {})
    const cancelled = await waitFor(() => read(operation.id), operationEnded)
    expect(cancelled).toMatchObject({ state: 'cancelled', outcome: { world: 'partial' }, cancelRequested: true })
    expect((await Promise.all(adapters.map((adapter) => childrenNamed(adapter, 'helm')))).flat()).toEqual([])
  })
})

type Victim = 'adapter' | 'server' | 'helm'

/** Who dies and when, the same for a seed: within the seconds that an installation takes. */
function deaths({ seed, count }: { seed: number; count: number }): { victim: Victim; afterMs: number }[] {
  const victims: readonly Victim[] = ['adapter', 'server', 'helm']
  let state = seed
  const next = () => {
    // Numerical Recipes' linear congruential generator: no more is needed to scatter moments.
    state = (state * 1664525 + 1013904223) % 2 ** 32
    return state / 2 ** 32
  }
  return Array.from({ length: count }, (_, index) => ({
    victim: victims[index % victims.length] ?? 'adapter',
    afterMs: Math.round(next() * 9_000),
  }))
}

/** What the broker did not pass on, for the message of a failed expectation. */
function brokerTroubles({ log }: RunningServer): string {
  return log.filter((line) => /client left|broker request failed|broker refused/.test(line)).join('\n')
}

const refuseIstiod = {
  apiVersion: 'v1',
  kind: 'List',
  items: [
    {
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'ValidatingAdmissionPolicy',
      metadata: { name: 'no-istiod' },
      spec: {
        matchConstraints: {
          resourceRules: [{ apiGroups: ['apps'], apiVersions: ['v1'], operations: ['CREATE', 'UPDATE'], resources: ['deployments'] }],
        },
        validations: [{ expression: "object.metadata.name != 'istiod'", message: 'no istiod today' }],
      },
    },
    {
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'ValidatingAdmissionPolicyBinding',
      metadata: { name: 'no-istiod' },
      spec: { policyName: 'no-istiod', validationActions: ['Deny'] },
    },
  ],
}

/** The API server takes up a policy, and lets go of it, some time after it was stored. */
async function untilIstiodIs(node: NodeCluster, wanted: 'refused' | 'accepted'): Promise<void> {
  await waitFor(
    () => node.kubectl(['create', 'deployment', 'istiod', '--image=x', '--dry-run=server']).catch(String),
    (text) => text.includes('no istiod today') === (wanted === 'refused'),
  )
}

/** By hand, so that each test begins on a cluster that has no Istio. */
async function removeIstio(node: NodeCluster): Promise<void> {
  for (const release of ['istiod', 'istio-base']) {
    await node.helm(['uninstall', release, '--namespace=istio-system', '--wait', '--ignore-not-found', '--no-hooks'])
  }
  const crds = await node.kubectl(['get', 'crds', '--output=name'])
  const ours = crds.split('\n').filter((name) => name.endsWith('.istio.io'))
  if (ours.length > 0) await node.kubectl(['delete', ...ours])
  await node.kubectl(['delete', 'namespace', 'istio-system', '--ignore-not-found'])
}
