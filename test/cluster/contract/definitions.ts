import { expect, it } from 'vitest'
import type { Body, ContractClient, ContractTerms } from './contract-client.js'
import { crds, gadgets } from './gadgets.js'

const aggregated = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList'

/** Definitions and what they bring, discovery, and reviews of access. */
export function definitions(api: () => ContractClient, { anonymousStatus }: ContractTerms): void {
  const established = (parts: Record<string, unknown> = {}) => gadgets(api(), parts)
  const gadget = (group: string, name: string, spec: Body = {}) => ({ apiVersion: `${group}/v1`, kind: 'Gadget', metadata: { name }, spec })

  it('serves a kind once its definition is established', async () => {
    const { group, path } = await established()
    const { status, body } = await api().create(path, gadget(group, 'one', { size: 3 }))
    expect(status).toBe(201)
    expect(body).toMatchObject({ kind: 'Gadget', metadata: { name: 'one', generation: 1 }, spec: { size: 3 } })
    const { body: list } = await api().get(path)
    expect(list).toMatchObject({ kind: 'GadgetList', apiVersion: `${group}/v1` })
    expect(list.items[0]).toMatchObject({ kind: 'Gadget', apiVersion: `${group}/v1` })
    expect((await api().get(`/apis/${group}/v1/namespaces/default/gizmos`)).status).toBe(404)
  })

  it('keeps the status of a kind that has that sub-resource apart', async () => {
    const { group, path } = await established({ subresources: { status: {} } })
    const { body: made } = await api().create(path, { ...gadget(group, 'one'), status: { ready: true } })
    expect(made.status).toBeUndefined()
    const { body: told } = await api().ask('PATCH', `${path}/one/status`, {
      body: { status: { ready: true } },
      type: 'application/merge-patch+json',
    })
    expect(told.status).toEqual({ ready: true })
    expect(told.metadata.generation).toBe(1)
  })

  it('refuses a strategic merge patch of a custom kind', async () => {
    const { group, path } = await established()
    await api().create(path, gadget(group, 'one'))
    const answer = await api().ask('PATCH', `${path}/one`, { body: {}, type: 'application/strategic-merge-patch+json' })
    expect(answer.status).toBe(415)
  })

  it('applies and watches objects of a custom kind', async () => {
    const { group, path } = await established()
    const { body: list } = await api().get(path)
    await using stream = await api().watch(`${path}?watch=true&resourceVersion=${list.metadata.resourceVersion}`)
    const applied = await api().apply(`${path}/one`, 'alice', gadget(group, 'one', { a: 1 }))
    expect(applied.status).toBe(201)
    const disputed = await api().apply(`${path}/one`, 'bob', gadget(group, 'one', { a: 2 }))
    expect(disputed.body.message).toBe('Apply failed with 1 conflict: conflict with "alice": .spec.a')
    expect((await stream.next()).object).toMatchObject({ kind: 'Gadget', metadata: { name: 'one' } })
  })

  it('takes all objects of a definition away with it', async () => {
    const { group, path } = await established()
    await api().create(path, gadget(group, 'one'))
    await api().ask('DELETE', `${crds}/gadgets.${group}`)
    await api().until(`${crds}/gadgets.${group}`, ({ status }) => status === 404)
    await api().until(path, ({ status }) => status === 404)
  })

  it('fills in the names of a definition', async () => {
    const { group } = await established()
    const { body } = await api().get(`${crds}/gadgets.${group}`)
    expect(body.spec.names).toMatchObject({ listKind: 'GadgetList', singular: 'gadget', shortNames: ['gd'] })
    expect(body.spec.conversion).toEqual({ strategy: 'None' })
    expect(body.status).toMatchObject({ storedVersions: ['v1'], acceptedNames: { kind: 'Gadget', plural: 'gadgets' } })
  })

  it('describes groups and kinds, one by one', async () => {
    const { group } = await established()
    const { body: groups } = await api().get('/apis')
    expect(groups.kind).toBe('APIGroupList')
    expect(groups.groups.find((one: Body) => one.name === 'apps')).toMatchObject({
      preferredVersion: { groupVersion: 'apps/v1', version: 'v1' },
    })
    const { body: apps } = await api().get('/apis/apps/v1')
    expect(apps).toMatchObject({ kind: 'APIResourceList', groupVersion: 'apps/v1' })
    expect(apps.resources.find((one: Body) => one.name === 'deployments')).toMatchObject({
      singularName: 'deployment',
      namespaced: true,
      kind: 'Deployment',
      shortNames: ['deploy'],
    })
    expect(apps.resources.find((one: Body) => one.name === 'deployments/scale')).toBeDefined()
    const { body: core } = await api().get('/api/v1')
    expect(core.resources.find((one: Body) => one.name === 'pods').verbs.sort()).toEqual([
      'create',
      'delete',
      'deletecollection',
      'get',
      'list',
      'patch',
      'update',
      'watch',
    ])
    const { body: custom } = await api().until(`/apis/${group}/v1`, ({ status }) => status === 200)
    expect(custom.resources.find((one: Body) => one.name === 'gadgets')).toMatchObject({
      kind: 'Gadget',
      namespaced: true,
      shortNames: ['gd'],
    })
  })

  it('describes everything at once', async () => {
    const { body: core } = await api().get('/api', aggregated)
    expect(core.kind).toBe('APIGroupDiscoveryList')
    const pods = core.items[0].versions[0].resources.find((one: Body) => one.resource === 'pods')
    expect(pods).toMatchObject({ responseKind: { kind: 'Pod' }, scope: 'Namespaced', singularResource: 'pod' })
    expect(pods.subresources.some((one: Body) => one.subresource === 'log')).toBe(true)
    const { body: groups } = await api().get('/apis', aggregated)
    const apps = groups.items.find((one: Body) => one.metadata.name === 'apps')
    expect(apps.versions[0].resources.map((one: Body) => one.resource)).toContain('deployments')
  })

  it('answers what this user may do', async () => {
    const review = {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SelfSubjectAccessReview',
      spec: { resourceAttributes: { verb: 'create', group: 'apps', resource: 'deployments', namespace: 'default' } },
    }
    const { status, body } = await api().create('/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', review)
    expect(status).toBe(201)
    expect(body).toMatchObject({ kind: 'SelfSubjectAccessReview', status: { allowed: true } })
    const rules = { apiVersion: 'authorization.k8s.io/v1', kind: 'SelfSubjectRulesReview', spec: { namespace: 'default' } }
    const { body: told } = await api().create('/apis/authorization.k8s.io/v1/selfsubjectrulesreviews', rules)
    expect(told.status.resourceRules.some((rule: Body) => rule.verbs.includes('*') && rule.resources.includes('*'))).toBe(true)
    const self = { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' }
    const { body: user } = await api().create('/apis/authentication.k8s.io/v1/selfsubjectreviews', self)
    expect(user.status.userInfo.groups).toContain('system:masters')
  })

  it('says its version and its health', async () => {
    const { body } = await api().get('/version')
    expect(body).toMatchObject({ major: '1', minor: '36', gitVersion: expect.stringMatching(/^v1\.36\.3/) })
    for (const path of ['/healthz', '/livez', '/readyz']) expect((await api().get(path)).body).toBe('ok')
  })

  it('lets nobody in who has no name', async () => {
    const answer = await api().ask('GET', '/api/v1/namespaces', { anonymous: true })
    expect(answer.status).toBe(anonymousStatus)
    expect(answer.body.kind).toBe('Status')
  })
}
