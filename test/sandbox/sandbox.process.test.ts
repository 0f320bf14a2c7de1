import { Agent, request } from 'undici'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { FaultScript, SceneName } from '../../contract/sandbox.js'
import type { Body, ContractClient } from '../cluster/contract/contract-client.js'
import { gadgets } from '../cluster/contract/gadgets.js'
import { configMap, deployment } from '../cluster/contract/objects.js'
import { residentMiB } from '../support/process-memory.js'
import { fillSandbox, sandboxClient } from './fill-sandbox.js'
import { type RunningSandbox, startSandbox } from './sandbox-under-test.js'

const dispatcher = new Agent()
afterAll(() => dispatcher.close())
const clientOf = (sandbox: RunningSandbox) => sandboxClient(sandbox, dispatcher)

describe('a simulated cluster', () => {
  let sandbox: RunningSandbox
  let api: ContractClient
  beforeAll(async () => {
    sandbox = await startSandbox('empty')
    api = clientOf(sandbox)
  })
  afterAll(() => sandbox?.stop())
  afterEach(async () => {
    await api.ask('DELETE', '/_sandbox/faults')
  })
  const script = (...rules: FaultScript['rules']) => api.ask('PUT', '/_sandbox/faults', { body: { seed: 7, rules } })

  it('says what it is', async () => {
    expect((await api.get('/version')).body.gitVersion).toBe('v1.36.3+simulated')
    const { body } = await api.get('/_sandbox')
    expect(body).toMatchObject({ simulated: true, scene: 'empty', objects: expect.any(Number) })
    expect(body.scenes.map((one: Body) => one.name)).toEqual(['applications', 'three-meshes', 'empty'])
  })

  it.each([
    ['GET', '/api', undefined],
    ['GET', '/version', undefined],
    ['GET', '/_sandbox', undefined],
    ['POST', '/_sandbox/reset', { scene: 'applications' }],
    ['PUT', '/_sandbox/faults', { seed: 1, rules: [{ fault: 'error' }] }],
  ])('needs its token for %s %s, and takes no other', async (method, path, body) => {
    const stranger = sandboxClient({ ...sandbox, token: `${sandbox.token}0` }, dispatcher)
    expect((await api.ask(method, path, { anonymous: true, body })).status).toBe(401)
    expect((await stranger.ask(method, path, { body })).status).toBe(401)
    const { body: state } = await api.get('/_sandbox')
    expect(state).toMatchObject({ scene: 'empty' })
    expect(state.faults).toBeUndefined()
  })

  it.each(['/healthz', '/readyz', '/livez'])('tells anybody its health at %s', async (path) => {
    expect(await api.ask('GET', path, { anonymous: true })).toMatchObject({ status: 200, body: 'ok' })
  })

  it('tells a watch that its version is gone in its stream, when the script says so', async () => {
    await script({ fault: 'gone', resource: 'configmaps', verbs: ['watch'] })
    const path = '/api/v1/configmaps'
    const { body: list } = await api.get(path)
    await using stream = await api.watch(`${path}?watch=true&resourceVersion=${list.metadata.resourceVersion}`)
    expect(await stream.next()).toMatchObject({ type: 'ERROR', object: { code: 410, reason: 'Expired' } })
    expect(await stream.next()).toBeUndefined()
  })

  it('says 410 to a page of a list of before it was reset', async () => {
    const { body: list } = await api.get('/api/v1/configmaps?limit=1')
    await api.ask('POST', '/_sandbox/reset', { body: { scene: 'empty' } })
    const { status, body } = await api.get(`/api/v1/configmaps?limit=1&continue=${list.metadata.continue}`)
    expect(status).toBe(410)
    expect(body.reason).toBe('Expired')
  })

  it('brings the pods of a workload up, through what real ones go through', async () => {
    const namespace = await api.namespace()
    const path = `/api/v1/namespaces/${namespace}/pods`
    await using stream = await api.watch(`${path}?watch=true`)
    await api.create(`/apis/apps/v1/namespaces/${namespace}/deployments`, deployment('web', { replicas: 1 }))
    const seen: string[] = []
    while (seen.at(-1) !== 'Running ready') {
      const { object } = await stream.next()
      const ready = object.status?.conditions?.some((one: Body) => one.type === 'Ready' && one.status === 'True')
      const now = `${object.status?.phase ?? 'new'}${ready ? ' ready' : ''}`
      if (seen.at(-1) !== now) seen.push(now)
    }
    expect(seen).toEqual(['new', 'Pending', 'Running', 'Running ready'])
    const { body } = await api.until(`/apis/apps/v1/namespaces/${namespace}/deployments/web`, (one) => one.body.status?.readyReplicas === 1)
    expect(body.status.conditions.map((one: Body) => [one.type, one.status])).toEqual([
      ['Available', 'True'],
      ['Progressing', 'True'],
    ])
  })

  it('replaces the pods when the template changes', async () => {
    const namespace = await api.namespace()
    const path = `/apis/apps/v1/namespaces/${namespace}/deployments`
    await api.create(path, deployment('web', { replicas: 2 }))
    await api.until(`${path}/web`, ({ body }) => body.status?.readyReplicas === 2)
    const before = await podNames(api, namespace)
    const body = { spec: { template: { metadata: { annotations: { 'kubectl.kubernetes.io/restartedAt': 'now' } } } } }
    await api.ask('PATCH', `${path}/web`, { body, type: 'application/merge-patch+json' })
    await api.until(`${path}/web`, (one) => one.body.status?.updatedReplicas === 2 && one.body.status?.replicas === 2)
    await api.until(`/api/v1/namespaces/${namespace}/pods`, (one) => one.body.items.length === 2)
    const after = await podNames(api, namespace)
    expect(after.some((name) => before.includes(name))).toBe(false)
  })

  it.each([
    ['StatefulSet', { serviceName: 'web', replicas: 2 }, { readyReplicas: 2 }, ['web-0', 'web-1']],
    ['DaemonSet', {}, { numberReady: 1, desiredNumberScheduled: 1 }, [expect.stringMatching(/^web-.{5}$/)]],
  ])('runs a %s', async (kind, spec, status, pods) => {
    const namespace = await api.namespace()
    const path = `/apis/apps/v1/namespaces/${namespace}/${kind.toLowerCase()}s`
    const { replicas: _none, ...common } = deployment('web').spec as Body
    await api.create(path, { ...deployment('web'), kind, spec: { ...common, ...spec } })
    const [[key, value] = ['', 0]] = Object.entries(status)
    const { body } = await api.until(`${path}/web`, (one) => one.body.status?.[key] === value)
    expect(body.status).toMatchObject(status)
    expect(await podNames(api, namespace)).toEqual(pods)
  })

  it('refuses more pods than it has room for, and says so', async () => {
    const namespace = await api.namespace()
    const path = `/apis/apps/v1/namespaces/${namespace}/deployments`
    await api.create(path, deployment('web'))
    const spec = { replicas: 1e9 }
    const merge = 'application/merge-patch+json'
    const answers = [
      await api.create(path, deployment('many', spec)),
      await api.ask('PUT', `${path}/web`, { body: deployment('web', spec) }),
      await api.ask('PATCH', `${path}/web`, { body: { spec }, type: merge }),
      await api.ask('PATCH', `${path}/web/scale`, { body: { spec }, type: merge }),
      await api.apply(`${path}/web`, 'alice', deployment('web', spec), '&force=true'),
    ]
    for (const { status, body } of answers) {
      expect(status).toBe(422)
      expect(body.message).toContain('spec.replicas: Invalid value: 1000000000: a simulated cluster runs at most 250 pods of a workload')
    }
    const template = { spec: { restartPolicy: 'Never', containers: [{ name: 'work', image: 'work:1' }] } }
    const job = { apiVersion: 'batch/v1', kind: 'Job', metadata: { name: 'work' }, spec: { template, parallelism: 1e9, completions: 1e9 } }
    expect((await api.create(`/apis/batch/v1/namespaces/${namespace}/jobs`, job)).status).toBe(422)
  })

  it('gives an evicted pod the grace that the options say', async () => {
    const path = `/api/v1/namespaces/${await api.namespace()}/pods`
    const spec = { containers: [{ name: 'web', image: 'web:1' }] }
    await api.create(path, { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'web', finalizers: ['contract/hold'] }, spec })
    await api.until(`${path}/web`, ({ body }) => body.spec.nodeName !== undefined)
    await using stream = await api.watch(`${path}?watch=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan`)
    await api.create(`${path}/web/eviction`, { metadata: { name: 'web' }, deleteOptions: { gracePeriodSeconds: 7 } })
    const deleting = async (): Promise<Body> => {
      const { object } = await stream.next()
      return object.metadata.deletionTimestamp === undefined ? deleting() : object
    }
    expect((await deleting()).metadata.deletionGracePeriodSeconds).toBe(7)
  })

  it('runs a Job to its end', async () => {
    const path = `/apis/batch/v1/namespaces/${await api.namespace()}/jobs`
    const template = { spec: { restartPolicy: 'Never', containers: [{ name: 'work', image: 'work:1' }] } }
    await api.create(path, { apiVersion: 'batch/v1', kind: 'Job', metadata: { name: 'work' }, spec: { template } })
    const { body } = await api.until(`${path}/work`, (one) => one.body.status?.succeeded === 1)
    expect(body.status.conditions).toMatchObject([{ type: 'Complete', status: 'True' }])
  })

  it.each([
    ['an error', { fault: 'error', status: 503 }, { status: 503, reason: 'InternalError' }],
    ['an answer of 410', { fault: 'gone' }, { status: 410, reason: 'Expired' }],
    ['a throttle', { fault: 'throttle', retryAfterSeconds: 3 }, { status: 429, reason: 'TooManyRequests' }],
  ] as const)('answers with %s when the script says so, and as often', async (_what, rule, { status, reason }) => {
    await script({ ...rule, resource: 'configmaps', verbs: ['list'], times: 1 })
    const hit = await api.get('/api/v1/configmaps')
    expect(hit.status).toBe(status)
    expect(hit.body.reason).toBe(reason)
    expect(hit.headers['retry-after']).toBe(rule.fault === 'throttle' ? '3' : undefined)
    expect((await api.get('/api/v1/configmaps')).status).toBe(200)
    expect((await api.get('/api/v1/secrets')).status).toBe(200)
  })

  it('cuts the connection when the script says so', async () => {
    await script({ fault: 'reset', resource: 'pods', times: 1 })
    await expect(api.get('/api/v1/pods')).rejects.toThrow(/socket|reset|closed/i)
    expect((await api.get('/api/v1/pods')).status).toBe(200)
  })

  it('loses a watch when the script says so', async () => {
    await script({ fault: 'lose-watch', resource: 'pods', delayMs: 50 })
    await using stream = await api.watch('/api/v1/pods?watch=true&timeoutSeconds=60&labelSelector=no%3Done')
    expect(await stream.next()).toBeUndefined()
  })

  it('waits with its answer when the script says so', async () => {
    await script({ fault: 'latency', resource: 'pods', delayMs: 300 })
    const from = performance.now()
    expect((await api.get('/api/v1/pods')).status).toBe(200)
    expect(performance.now() - from).toBeGreaterThan(290)
  })

  it('does no delayed write once it is reset', async () => {
    await script({ fault: 'latency', resource: 'configmaps', delayMs: 1_500 })
    const path = '/api/v1/namespaces/default/configmaps'
    const late = api.create(path, configMap('late')).then(
      ({ status }) => status,
      () => 'cut',
    )
    await api.get('/version')
    await api.ask('POST', '/_sandbox/reset', { body: { scene: 'empty' } })
    expect(await late).toBe('cut')
    expect((await api.get(`${path}/late`)).status).toBe(404)
  })

  it('does no delayed write for a client that has gone', async () => {
    await script(
      { fault: 'latency', resource: 'configmaps', verbs: ['create'], delayMs: 500 },
      { fault: 'latency', resource: 'secrets', delayMs: 800 },
    )
    const path = '/api/v1/namespaces/default/configmaps'
    const left = request(`${sandbox.url}${path}`, {
      method: 'POST',
      dispatcher,
      headers: { authorization: `Bearer ${sandbox.token}` },
      body: JSON.stringify(configMap('left')),
      signal: AbortSignal.timeout(200),
    })
    await expect(left).rejects.toThrow(/timeout|abort/i)
    // Answered after the write would have been.
    await api.get('/api/v1/secrets')
    expect((await api.get(`${path}/left`)).status).toBe(404)
  })

  it('leaves a request without an answer, and cuts it in the end', async () => {
    await script({ fault: 'stall', resource: 'pods', delayMs: 100 })
    await expect(api.get('/api/v1/pods')).rejects.toThrow(/socket|reset|closed/i)
  })

  it('meets the same requests with the same faults for the same seed', async () => {
    const round = async (seed: number) => {
      await api.ask('PUT', '/_sandbox/faults', { body: { seed, rules: [{ fault: 'error', resource: 'pods', probability: 0.5 }] } })
      const statuses: number[] = []
      for (let count = 0; count < 20; count += 1) statuses.push((await api.get('/api/v1/pods')).status)
      return statuses.join(' ')
    }
    const first = await round(3)
    expect(await round(3)).toBe(first)
    expect(await round(4)).not.toBe(first)
    expect(first).toMatch(/200/)
    expect(first).toMatch(/500/)
  })

  it('refuses a fault script that is none', async () => {
    const { status, body } = await api.ask('PUT', '/_sandbox/faults', { body: { seed: 1, rules: [{ fault: 'earthquake' }] } })
    expect(status).toBe(400)
    expect(body.message).toContain('rules')
  })

  it('begins anew when it is reset: what was there is gone, old versions are too old, watches end', async () => {
    const namespace = await api.namespace()
    const path = `/api/v1/namespaces/${namespace}/configmaps`
    const { body: made } = await api.create(path, configMap('mine'))
    await using stream = await api.watch(`${path}?watch=true&resourceVersion=${made.metadata.resourceVersion}`)
    const { body: state } = await api.ask('POST', '/_sandbox/reset', { body: { scene: 'empty' } })
    expect(state.scene).toBe('empty')
    expect(Number(state.resourceVersion)).toBeGreaterThan(Number(made.metadata.resourceVersion))
    while ((await stream.next()) !== undefined);
    expect((await api.get(`/api/v1/namespaces/${namespace}`)).status).toBe(404)
    const old = await api.get(`/api/v1/configmaps?watch=true&resourceVersion=${made.metadata.resourceVersion}&timeoutSeconds=2`)
    expect(old.body).toMatchObject({ type: 'ERROR', object: { code: 410 } })
  })

  it('serves no kind of before when it is reset', async () => {
    const { group, path } = await gadgets(api)
    await api.ask('POST', '/_sandbox/reset', { body: { scene: 'empty' } })
    expect((await api.get(path)).status).toBe(404)
    expect((await api.get(`/apis/${group}`)).status).toBe(404)
    expect((await api.get('/apis')).body.groups.map(({ name }: Body) => name)).not.toContain(group)
  })

  it('stays small with 2,000 objects', async () => {
    await fillSandbox(api, 2_000)
    const { body: after } = await api.get('/_sandbox')
    expect(after.objects).toBeGreaterThanOrEqual(2_000)
    expect(residentMiB(sandbox.pid)).toBeLessThanOrEqual(120)
  })
})

describe('a simulated cluster that is started anew', () => {
  it('knows no version of the one before it: its watchers begin again', async () => {
    const versionOf = async (api: ContractClient) => Number((await api.get('/api/v1/configmaps')).body.metadata.resourceVersion)
    const former = await startSandbox('applications')
    const version = await versionOf(clientOf(former))
    await former.stop()
    await using sandbox = await startSandbox('empty')
    const api = clientOf(sandbox)
    expect(await versionOf(api)).toBeGreaterThan(version)
    const { body } = await api.get(`/api/v1/configmaps?watch=true&resourceVersion=${version}&timeoutSeconds=1`)
    expect(body).toMatchObject({ type: 'ERROR', object: { code: 410, reason: 'Expired' } })
  })

  it('says 410 to a watch from a version that it has not reached', async () => {
    await using sandbox = await startSandbox('empty')
    const api = clientOf(sandbox)
    const { body: list } = await api.get('/api/v1/configmaps')
    const ahead = Number(list.metadata.resourceVersion) + 1_000_000
    const { body } = await api.get(`/api/v1/configmaps?watch=true&resourceVersion=${ahead}&timeoutSeconds=1`)
    expect(body).toMatchObject({ type: 'ERROR', object: { code: 410 } })
  })
})

describe('a scene', () => {
  const inScene = async (scene: SceneName, look: (api: ContractClient) => Promise<void>) => {
    await using sandbox = await startSandbox(scene)
    await look(clientOf(sandbox))
  }

  it('of three meshes has them all, running, beside applications', async () => {
    await inScene('three-meshes', async (api) => {
      // Pods are ready before their Deployments say so.
      await api.until('/apis/apps/v1/deployments', ({ body }) => {
        const ready = body.items.filter((one: Body) => one.status?.readyReplicas > 0)
        const names = new Set(ready.map((one: Body) => `${one.metadata.namespace}/${one.metadata.name}`))
        return [
          'istio-system/istiod',
          'istio-ingress/istio-ingress',
          'kuma-system/kuma-control-plane',
          'osm-system/osm-controller',
          'osm-system/osm-prometheus',
          'osm-system/osm-grafana',
        ].every((name) => names.has(name))
      })
      const sidecars = async (namespace: string) =>
        (await api.get(`/api/v1/namespaces/${namespace}/pods`)).body.items.map((pod: Body) =>
          [...(pod.spec.initContainers ?? []), ...pod.spec.containers]
            .map(({ name }: Body) => name)
            .find((name: string) => /^(istio-proxy|kuma-sidecar|envoy)$/.test(name)),
        )
      expect(new Set(await sidecars('shop'))).toEqual(new Set(['istio-proxy']))
      expect(new Set(await sidecars('batch'))).toEqual(new Set(['kuma-sidecar']))
      expect(new Set(await sidecars('bookstore'))).toEqual(new Set(['envoy']))
      // Opted in, and not restarted since.
      expect((await api.get('/api/v1/namespaces/reports')).body.metadata.labels['istio-injection']).toBe('enabled')
      expect(new Set(await sidecars('reports'))).toEqual(new Set([undefined]))
      const releases = (await api.get('/api/v1/secrets?labelSelector=owner%3Dhelm')).body.items.map((one: Body) => one.metadata.labels.name)
      expect(releases.sort()).toEqual(['istio-base', 'istio-ingress', 'istiod', 'kuma', 'osm'])
    })
  })

  it('of applications has no mesh, and a sick pod', async () => {
    await inScene('applications', async (api) => {
      const pods = (await api.get('/api/v1/pods')).body.items
      const reasons = pods
        .flatMap((pod: Body) => pod.status.containerStatuses.map((one: Body) => one.state.waiting?.reason))
        .filter(Boolean)
      expect(reasons.sort()).toEqual(['CrashLoopBackOff', 'ImagePullBackOff'])
      expect((await api.get('/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations')).body.items).toEqual([])
    })
  })

  it('refuses new pods of a namespace whose injector does not answer', async () => {
    await inScene('three-meshes', async (api) => {
      await api.ask('PATCH', '/apis/apps/v1/namespaces/istio-system/deployments/istiod/scale', {
        body: { spec: { replicas: 0 } },
        type: 'application/merge-patch+json',
      })
      await api.until('/api/v1/namespaces/istio-system/pods', ({ body }) => body.items.length === 0)
      const { status, body } = await api.create('/api/v1/namespaces/shop/pods', {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name: 'late' },
        spec: { containers: [{ name: 'a', image: 'a:1' }] },
      })
      expect(status).toBe(500)
      expect(body.message).toContain('failed calling webhook')
    })
  })
})

async function podNames(api: ContractClient, namespace: string): Promise<string[]> {
  const { body } = await api.get(`/api/v1/namespaces/${namespace}/pods`)
  return body.items.map((pod: Body) => pod.metadata.name)
}
