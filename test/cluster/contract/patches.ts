import { expect, it } from 'vitest'
import type { Body, ContractClient } from './contract-client.js'
import { configMap, deployment } from './objects.js'

const merge = 'application/merge-patch+json'
const json = 'application/json-patch+json'
const strategic = 'application/strategic-merge-patch+json'
const entryOf = (object: Body, manager: string) => object.metadata.managedFields.find((entry: Body) => entry.manager === manager)

/** The four kinds of patch, and whose fields are whose afterwards. */
export function patches(api: () => ContractClient): void {
  const maps = async () => `/api/v1/namespaces/${await api().namespace()}/configmaps`
  const deployments = async () => `/apis/apps/v1/namespaces/${await api().namespace()}/deployments`

  it('applies a merge patch: null removes, lists are replaced', async () => {
    const path = await maps()
    await api().create(path, configMap('one', { a: '1', b: '2' }, { finalizers: ['contract/a', 'contract/b'] }))
    const body = { data: { a: null, c: '3' }, metadata: { finalizers: ['contract/b'] } }
    const { body: next } = await api().ask('PATCH', `${path}/one?fieldManager=merger`, { body, type: merge })
    expect(next.data).toEqual({ b: '2', c: '3' })
    expect(next.metadata.finalizers).toEqual(['contract/b'])
    expect(entryOf(next, 'merger')).toMatchObject({ operation: 'Update', fieldsV1: { 'f:data': { 'f:c': {} } } })
    expect(entryOf(next, 'contract').fieldsV1['f:data']['f:a']).toBeUndefined()
    await api().ask('PATCH', `${path}/one`, { body: { metadata: { finalizers: null } }, type: merge })
  })

  it('applies a JSON patch, or none of it', async () => {
    const path = await maps()
    await api().create(path, configMap('one', { a: '1' }, { annotations: { 'contract/x': '2', kept: 'yes' } }))
    const patch = (operations: unknown[]) => api().ask('PATCH', `${path}/one`, { body: operations, type: json })
    const good = await patch([
      { op: 'test', path: '/data/a', value: '1' },
      { op: 'replace', path: '/data/a', value: '9' },
      { op: 'remove', path: '/metadata/annotations/contract~1x' },
      { op: 'add', path: '/data/d', value: '4' },
    ])
    expect(good.body.data).toEqual({ a: '9', d: '4' })
    expect(good.body.metadata.annotations).toEqual({ kept: 'yes' })
    const bad = await patch([
      { op: 'replace', path: '/data/a', value: 'never' },
      { op: 'test', path: '/data/d', value: 'wrong' },
    ])
    expect(bad.status).toBe(422)
    expect((await api().get(`${path}/one`)).body.data.a).toBe('9')
  })

  it('applies a strategic merge patch: containers by name, ports by number', async () => {
    const path = await deployments()
    await api().create(path, deployment('web'))
    const body = {
      spec: {
        template: {
          spec: {
            containers: [
              { name: 'web', image: 'web:2', ports: [{ containerPort: 9090 }] },
              { name: 'side', image: 'side:1' },
            ],
          },
        },
      },
    }
    const { status, body: next } = await api().ask('PATCH', `${path}/web`, { body, type: strategic })
    expect(status).toBe(200)
    const containers = next.spec.template.spec.containers
    expect(containers.map((one: Body) => [one.name, one.image]).sort()).toEqual([
      ['side', 'side:1'],
      ['web', 'web:2'],
    ])
    expect(
      containers
        .find((one: Body) => one.name === 'web')
        .ports.map((port: Body) => port.containerPort)
        .sort(),
    ).toEqual([8080, 9090])
    const removal = { spec: { template: { spec: { containers: [{ name: 'side', $patch: 'delete' }] } } } }
    const { body: last } = await api().ask('PATCH', `${path}/web`, { body: removal, type: strategic })
    expect(last.spec.template.spec.containers.map((one: Body) => one.name)).toEqual(['web'])
  })

  it('refuses a patch of an unknown type', async () => {
    const path = await maps()
    await api().create(path, configMap('one'))
    expect((await api().ask('PATCH', `${path}/one`, { body: {}, type: 'text/plain' })).status).toBe(415)
  })

  it('refuses a patch in a version that is not the last', async () => {
    const path = await maps()
    const { body: made } = await api().create(path, configMap('one'))
    await api().ask('PATCH', `${path}/one`, { body: { data: { a: '2' } }, type: merge })
    const late = { metadata: { resourceVersion: made.metadata.resourceVersion }, data: { a: '3' } }
    expect((await api().ask('PATCH', `${path}/one`, { body: late, type: merge })).status).toBe(409)
  })

  it('creates what is applied and is not there, and demands a field manager', async () => {
    const path = await maps()
    const { status, body } = await api().apply(`${path}/new`, 'alice', configMap('new'))
    expect(status).toBe(201)
    expect(entryOf(body, 'alice')).toMatchObject({ operation: 'Apply', apiVersion: 'v1', fieldsV1: { 'f:data': { 'f:a': {} } } })
    const nameless = await api().ask('PATCH', `${path}/new`, { body: configMap('new'), type: 'application/apply-patch+yaml' })
    expect(nameless.status).toBe(422)
    expect(nameless.body.message).toContain('fieldManager')
  })

  it('changes nothing, not even the version, when the same is applied again', async () => {
    const path = await maps()
    const { body: first } = await api().apply(`${path}/new`, 'alice', configMap('new'))
    const { status, body: second } = await api().apply(`${path}/new`, 'alice', configMap('new'))
    expect(status).toBe(200)
    expect(second.metadata.resourceVersion).toBe(first.metadata.resourceVersion)
  })

  it('refuses to apply what another manager owns, naming each field', async () => {
    const path = await maps()
    await api().apply(`${path}/shared`, 'alice', configMap('shared', { a: '1', b: '1' }))
    const { status, body } = await api().apply(`${path}/shared`, 'bob', configMap('shared', { a: '2', b: '1' }))
    expect(status).toBe(409)
    expect(body).toMatchObject({
      reason: 'Conflict',
      message: 'Apply failed with 1 conflict: conflict with "alice": .data.a',
      details: { causes: [{ reason: 'FieldManagerConflict', message: 'conflict with "alice"', field: '.data.a' }] },
    })
  })

  it('takes a field over when forced, and shares one of the same value', async () => {
    const path = await maps()
    await api().apply(`${path}/shared`, 'alice', configMap('shared', { a: '1', b: '1' }))
    const { status, body } = await api().apply(`${path}/shared`, 'bob', configMap('shared', { a: '2', b: '1' }), '&force=true')
    expect(status).toBe(200)
    expect(body.data).toEqual({ a: '2', b: '1' })
    expect(entryOf(body, 'alice').fieldsV1['f:data']).toEqual({ 'f:b': {} })
    expect(entryOf(body, 'bob').fieldsV1['f:data']).toEqual({ 'f:a': {}, 'f:b': {} })
  })

  it('removes a field that is no longer applied, unless somebody else owns it', async () => {
    const path = await maps()
    await api().apply(`${path}/shared`, 'alice', configMap('shared', { a: '1', b: '1' }))
    await api().apply(`${path}/shared`, 'bob', configMap('shared', { b: '1' }))
    const { body } = await api().apply(`${path}/shared`, 'alice', configMap('shared', { c: '3' }))
    expect(body.data).toEqual({ b: '1', c: '3' })
  })

  it('names who updated a field by hand in a conflict', async () => {
    const path = await maps()
    await api().apply(`${path}/one`, 'alice', configMap('one'))
    await api().ask('PATCH', `${path}/one?fieldManager=hand`, { body: { data: { a: '7' } }, type: merge })
    const { status, body } = await api().apply(`${path}/one`, 'alice', configMap('one'))
    expect(status).toBe(409)
    expect(body.message).toBe('Apply failed with 1 conflict: conflict with "hand" using v1: .data.a')
    expect(body.details.causes[0].message).toBe('conflict with "hand" using v1')
  })

  it('applies containers by their name, beside those of others', async () => {
    const path = await deployments()
    await api().create(path, deployment('web'))
    const side = {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'web' },
      spec: { template: { spec: { containers: [{ name: 'side', image: 'side:1' }] } } },
    }
    const { status, body } = await api().apply(`${path}/web`, 'sider', side)
    expect(status).toBe(200)
    expect(body.spec.template.spec.containers.map((one: Body) => one.name)).toEqual(['web', 'side'])
    const owned = entryOf(body, 'sider').fieldsV1['f:spec']['f:template']['f:spec']['f:containers']
    expect(owned).toEqual({ 'k:{"name":"side"}': { '.': {}, 'f:image': {}, 'f:name': {} } })
    const gone = await api().apply(`${path}/web`, 'sider', { ...side, spec: { paused: true } })
    expect(gone.body.spec.template.spec.containers.map((one: Body) => one.name)).toEqual(['web'])
  })

  it('counts several conflicts and lists them by manager', async () => {
    const path = await maps()
    await api().apply(`${path}/one`, 'alice', configMap('one', { a: '1', b: '1' }))
    const { body } = await api().apply(`${path}/one`, 'bob', configMap('one', { a: '2', b: '2' }))
    expect(body.message).toBe('Apply failed with 2 conflicts: conflicts with "alice":\n- .data.a\n- .data.b')
    expect(body.details.causes).toHaveLength(2)
  })
}
