import { expect, it } from 'vitest'
import type { ContractClient } from './contract-client.js'
import { configMap, deployment } from './objects.js'

/** Create, replace, dry run, preconditions, validation and defaults. */
export function writes(api: () => ContractClient): void {
  const place = async () => `/api/v1/namespaces/${await api().namespace()}/configmaps`

  it('creates an object with what the server adds', async () => {
    const path = await place()
    const { status, body } = await api().create(path, configMap('made'))
    expect(status).toBe(201)
    expect(body.metadata).toMatchObject({
      name: 'made',
      resourceVersion: expect.stringMatching(/^\d+$/),
      creationTimestamp: expect.stringMatching(/Z$/),
    })
    expect(body.metadata.uid).toMatch(/^[0-9a-f-]{36}$/)
    expect(body.metadata.managedFields[0]).toMatchObject({
      manager: 'contract',
      operation: 'Update',
      apiVersion: 'v1',
      fieldsType: 'FieldsV1',
      fieldsV1: { 'f:data': { '.': {}, 'f:a': {} } },
    })
  })

  it('makes a name from generateName', async () => {
    const { body } = await api().create(await place(), { apiVersion: 'v1', kind: 'ConfigMap', metadata: { generateName: 'some-' } })
    expect(body.metadata.name).toMatch(/^some-[a-z0-9]{5}$/)
    expect(body.metadata.generateName).toBe('some-')
  })

  it('leaves out the namespace that an object of the whole cluster names', async () => {
    const roles = '/apis/rbac.authorization.k8s.io/v1/clusterroles'
    const namespace = await api().namespace()
    const role = (name: string) => ({
      ...{ apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole' },
      ...{ metadata: { name, namespace }, rules: [] },
    })
    const created = await api().create(roles, role(`made-${namespace}`))
    expect([created.status, created.body.metadata.namespace]).toEqual([201, undefined])
    const applied = await api().ask('PATCH', `${roles}/applied-${namespace}?fieldManager=contract`, {
      body: role(`applied-${namespace}`),
      type: 'application/apply-patch+yaml',
    })
    expect([applied.status, applied.body.metadata.namespace]).toEqual([201, undefined])
    const again = await api().ask('PATCH', `${roles}/applied-${namespace}?fieldManager=contract`, {
      body: role(`applied-${namespace}`),
      type: 'application/apply-patch+yaml',
    })
    expect([again.status, again.body.metadata.namespace]).toEqual([200, undefined])
  })

  it('refuses a second object of the same name', async () => {
    const path = await place()
    await api().create(path, configMap('twice'))
    const { status, body } = await api().create(path, configMap('twice'))
    expect(status).toBe(409)
    expect(body).toMatchObject({ reason: 'AlreadyExists', message: 'configmaps "twice" already exists' })
  })

  it.each([
    ['a name that is none', 422, configMap('Not_A_Name')],
    ['no name', 422, { apiVersion: 'v1', kind: 'ConfigMap', metadata: {} }],
    ['another kind', 400, { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'other' } }],
    ['another namespace', 400, configMap('elsewhere', {}, { namespace: 'default' })],
    ['a resourceVersion', 500, configMap('versioned', {}, { resourceVersion: '5' })],
  ])('refuses to create with %s', async (_what, expected, body) => {
    const { status } = await api().create(await place(), body)
    expect(status).toBe(expected)
  })

  it('refuses a workload whose selector misses its own pods', async () => {
    const namespace = await api().namespace()
    const { status, body } = await api().create(
      `/apis/apps/v1/namespaces/${namespace}/deployments`,
      deployment('web', { selector: { matchLabels: { app: 'other' } } }),
    )
    expect(status).toBe(422)
    expect(body.reason).toBe('Invalid')
    expect(body.details.causes[0]).toMatchObject({ field: 'spec.template.metadata.labels' })
  })

  it.each([
    ['a count below zero', { replicas: -1 }, 422],
    ['a count that is not whole', { replicas: 1.5 }, 400],
    ['a count that is a text', { replicas: 'x' }, 400],
    ['a count beyond 32 bits', { replicas: 1e10 }, 400],
  ])('refuses a workload with %s', async (_what, spec, expected) => {
    const path = `/apis/apps/v1/namespaces/${await api().namespace()}/deployments`
    expect((await api().create(path, deployment('web', spec))).status).toBe(expected)
    await api().create(path, deployment('base'))
    const replaced = await api().ask('PUT', `${path}/base`, { body: deployment('base', spec) })
    expect(replaced.status).toBe(expected)
    for (const part of ['', '/scale']) {
      const patched = await api().ask('PATCH', `${path}/base${part}`, { body: { spec }, type: 'application/merge-patch+json' })
      expect(patched.status).toBe(422)
    }
    expect((await api().get(`${path}/base`)).body.spec.replicas).toBe(0)
  })

  it.each([
    [{ completions: -1 }, 422],
    [{ parallelism: -1 }, 422],
    [{ completions: 1.5 }, 400],
    [{ parallelism: 1.5 }, 400],
  ])('refuses a Job with %j', async (spec, expected) => {
    const template = { spec: { restartPolicy: 'Never', containers: [{ name: 'work', image: 'work:1' }] } }
    const job = { apiVersion: 'batch/v1', kind: 'Job', metadata: { name: 'work' }, spec: { template, ...spec } }
    expect((await api().create(`/apis/batch/v1/namespaces/${await api().namespace()}/jobs`, job)).status).toBe(expected)
  })

  it('creates nothing in a namespace that is not there', async () => {
    const { status, body } = await api().create('/api/v1/namespaces/absent-one/configmaps', configMap('lost'))
    expect(status).toBe(404)
    expect(body.message).toBe('namespaces "absent-one" not found')
  })

  it('replaces an object only in the version that the client saw', async () => {
    const path = await place()
    const { body: made } = await api().create(path, configMap('shared'))
    const { status, body: next } = await api().ask('PUT', `${path}/shared`, { body: { ...made, data: { a: '2' } } })
    expect(status).toBe(200)
    expect(Number(next.metadata.resourceVersion)).toBeGreaterThan(Number(made.metadata.resourceVersion))
    const late = await api().ask('PUT', `${path}/shared`, { body: { ...made, data: { a: '3' } } })
    expect(late.status).toBe(409)
    expect(late.body).toMatchObject({ reason: 'Conflict', details: { name: 'shared', kind: 'configmaps' } })
    expect(late.body.message).toContain('the object has been modified')
  })

  it('keeps the version when nothing changes', async () => {
    const path = await place()
    const { body: made } = await api().create(path, configMap('same'))
    const { body: next } = await api().ask('PUT', `${path}/same`, { body: made })
    expect(next.metadata.resourceVersion).toBe(made.metadata.resourceVersion)
  })

  it('refuses an update of an object with another uid', async () => {
    const path = await place()
    const { body: made } = await api().create(path, configMap('reborn'))
    const stranger = { ...made, metadata: { ...made.metadata, uid: '00000000-0000-0000-0000-000000000000' } }
    expect((await api().ask('PUT', `${path}/reborn`, { body: stranger })).status).toBe(409)
  })

  it('says in a dry run what would be, and keeps nothing', async () => {
    const path = await place()
    const created = await api().create(`${path}?dryRun=All`, configMap('imagined'))
    expect(created.status).toBe(201)
    expect(created.body.metadata.uid).toMatch(/^[0-9a-f-]{36}$/)
    expect((await api().get(`${path}/imagined`)).status).toBe(404)
    await api().create(path, configMap('kept'))
    const removed = await api().ask('DELETE', `${path}/kept?dryRun=All`)
    expect(removed.status).toBe(200)
    expect((await api().get(`${path}/kept`)).status).toBe(200)
    const changed = await api().apply(`${path}/kept`, 'tester', { ...configMap('kept', { a: '9' }) }, '&dryRun=All&force=true')
    expect(changed.body.data.a).toBe('9')
    expect((await api().get(`${path}/kept`)).body.data.a).toBe('1')
  })

  it('refuses unknown fields when it is asked to be strict, and warns when not', async () => {
    const path = await place()
    const odd = { ...configMap('odd'), colour: 'red' }
    const strict = await api().create(`${path}?fieldValidation=Strict`, odd)
    expect(strict.status).toBe(400)
    expect(strict.body.message).toContain('unknown field "colour"')
    const warned = await api().create(`${path}?fieldValidation=Warn`, odd)
    expect(warned.status).toBe(201)
    expect(String(warned.headers.warning)).toContain('unknown field \\"colour\\"')
  })

  it('fills in the defaults of a Deployment', async () => {
    const namespace = await api().namespace()
    const { body } = await api().create(`/apis/apps/v1/namespaces/${namespace}/deployments`, deployment('web'))
    expect(body.metadata.generation).toBe(1)
    expect(body.spec).toMatchObject({
      revisionHistoryLimit: 10,
      progressDeadlineSeconds: 600,
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: '25%', maxUnavailable: '25%' } },
    })
    expect(body.spec.template.spec).toMatchObject({
      restartPolicy: 'Always',
      dnsPolicy: 'ClusterFirst',
      terminationGracePeriodSeconds: 30,
      schedulerName: 'default-scheduler',
      securityContext: {},
    })
    expect(body.spec.template.spec.containers[0]).toMatchObject({
      imagePullPolicy: 'IfNotPresent',
      terminationMessagePath: '/dev/termination-log',
      terminationMessagePolicy: 'File',
      resources: {},
      ports: [{ containerPort: 8080, protocol: 'TCP' }],
    })
  })

  it('gives a Service its address and keeps it', async () => {
    const path = `/api/v1/namespaces/${await api().namespace()}/services`
    const service = {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'web' },
      spec: { selector: { app: 'web' }, ports: [{ port: 80 }] },
    }
    const { body: made } = await api().create(path, service)
    expect(made.spec).toMatchObject({
      type: 'ClusterIP',
      sessionAffinity: 'None',
      ipFamilyPolicy: 'SingleStack',
      ports: [{ port: 80, targetPort: 80, protocol: 'TCP' }],
    })
    expect(made.spec.clusterIP).toMatch(/^10\.96\.\d+\.\d+$/)
    const { body: next } = await api().ask('PUT', `${path}/web`, { body: { ...service, spec: { ...service.spec, ports: [{ port: 81 }] } } })
    expect(next.spec.clusterIP).toBe(made.spec.clusterIP)
  })

  it('turns the stringData of a Secret into data', async () => {
    const path = `/api/v1/namespaces/${await api().namespace()}/secrets`
    const { body } = await api().create(path, { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'key' }, stringData: { word: 'open' } })
    expect(body).toMatchObject({ type: 'Opaque', data: { word: Buffer.from('open').toString('base64') } })
    expect(body.stringData).toBeUndefined()
  })

  it('counts generations of the spec, not of labels or status', async () => {
    const path = `/apis/apps/v1/namespaces/${await api().namespace()}/deployments`
    await api().create(path, deployment('web'))
    const merge = (body: unknown) => api().ask('PATCH', `${path}/web`, { body, type: 'application/merge-patch+json' })
    expect((await merge({ metadata: { labels: { more: 'yes' } } })).body.metadata.generation).toBe(1)
    expect((await merge({ spec: { paused: true } })).body.metadata.generation).toBe(2)
    const ignored = await merge({ status: { replicas: 7 } })
    expect(ignored.body.metadata.generation).toBe(2)
    expect(ignored.body.status?.replicas ?? 0).toBe(0)
  })

  it('writes the status through its own door, and nothing else there', async () => {
    const path = `/apis/apps/v1/namespaces/${await api().namespace()}/deployments`
    await api().create(path, deployment('web', { paused: true }))
    const body = {
      spec: { minReadySeconds: 5 },
      status: { conditions: [{ type: 'Available', status: 'False', reason: 'Tested', message: '' }] },
    }
    const { status, body: next } = await api().ask('PATCH', `${path}/web/status`, { body, type: 'application/merge-patch+json' })
    expect(status).toBe(200)
    expect(next.spec.minReadySeconds ?? 0).toBe(0)
    expect(next.metadata.managedFields.some((entry: { subresource?: string }) => entry.subresource === 'status')).toBe(true)
  })

  it.each([
    ['JSON', 'application/json-patch+json', [{ op: 'replace', path: '/spec/replicas', value: 3 }]],
    ['merge', 'application/merge-patch+json', { spec: { replicas: 3 } }],
    ['strategic merge', 'application/strategic-merge-patch+json', { spec: { replicas: 3 } }],
  ])('scales by a %s patch', async (_what, type, body) => {
    const path = `/apis/apps/v1/namespaces/${await api().namespace()}/deployments`
    await api().create(path, deployment('web', { replicas: 1, paused: true }))
    const answer = await api().ask('PATCH', `${path}/web/scale`, { body, type })
    expect(answer.status).toBe(200)
    expect((await api().get(`${path}/web`)).body.spec.replicas).toBe(3)
    expect((await api().ask('PATCH', `${path}/web/scale`, { body, type: 'text/plain' })).status).toBe(415)
  })

  it('scales only the object, and in the version, that the Scale names', async () => {
    const path = `/apis/apps/v1/namespaces/${await api().namespace()}/deployments`
    await api().create(path, deployment('web', { paused: true }))
    const put = (metadata: object) =>
      api().ask('PUT', `${path}/web/scale`, { body: { apiVersion: 'autoscaling/v1', kind: 'Scale', metadata, spec: { replicas: 2 } } })
    expect((await put({ name: 'web', resourceVersion: '1' })).status).toBe(409)
    expect((await put({ name: 'web', uid: '00000000-0000-0000-0000-000000000000' })).status).toBe(409)
    expect((await put({ name: 'other' })).status).toBe(400)
    expect((await put({})).status).toBe(400)
    const outdated = { body: { metadata: { resourceVersion: '1' }, spec: { replicas: 2 } }, type: 'application/merge-patch+json' }
    expect((await api().ask('PATCH', `${path}/web/scale`, outdated)).status).toBe(409)
    expect((await api().get(`${path}/web`)).body.spec.replicas).toBe(0)
    expect((await put({ name: 'web' })).status).toBe(200)
    expect((await api().get(`${path}/web`)).body.spec.replicas).toBe(2)
  })

  it('scales through the scale sub-resource', async () => {
    const path = `/apis/apps/v1/namespaces/${await api().namespace()}/deployments`
    await api().create(path, deployment('web', { paused: true }))
    const { body: scale } = await api().get(`${path}/web/scale`)
    expect(scale).toMatchObject({ kind: 'Scale', apiVersion: 'autoscaling/v1', spec: {} })
    const answer = await api().ask('PATCH', `${path}/web/scale`, { body: { spec: { replicas: 3 } }, type: 'application/merge-patch+json' })
    expect(answer.body.spec.replicas).toBe(3)
    expect((await api().get(`${path}/web`)).body.spec.replicas).toBe(3)
  })
}
