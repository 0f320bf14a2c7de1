import { expect, it } from 'vitest'
import type { Body, ContractClient } from './contract-client.js'
import { configMap, deployment, ownedBy } from './objects.js'

const merge = 'application/merge-patch+json'

/** How objects end: preconditions, finalizers, owners, propagation, namespaces. */
export function lifecycles(api: () => ContractClient): void {
  const place = async () => `/api/v1/namespaces/${await api().namespace()}/configmaps`
  const gone = ({ status }: { status: number }) => status === 404

  it('deletes at once, and answers with what it was', async () => {
    const path = await place()
    const { body: made } = await api().create(path, configMap('one'))
    const { status, body } = await api().ask('DELETE', `${path}/one`)
    expect(status).toBe(200)
    expect(body).toMatchObject({ kind: 'Status', status: 'Success', details: { name: 'one', kind: 'configmaps', uid: made.metadata.uid } })
    expect((await api().get(`${path}/one`)).status).toBe(404)
    expect((await api().ask('DELETE', `${path}/one`)).status).toBe(404)
  })

  it('deletes only the object that the precondition names', async () => {
    const path = await place()
    const { body: made } = await api().create(path, configMap('one'))
    const refused = await api().ask('DELETE', `${path}/one`, { body: { preconditions: { uid: '00000000-0000-0000-0000-000000000000' } } })
    expect(refused.status).toBe(409)
    expect(refused.body.reason).toBe('Conflict')
    const outdated = await api().ask('DELETE', `${path}/one`, { body: { preconditions: { resourceVersion: '1' } } })
    expect(outdated.status).toBe(409)
    const taken = await api().ask('DELETE', `${path}/one`, { body: { preconditions: { uid: made.metadata.uid } } })
    expect(taken.status).toBe(200)
  })

  it('evicts a pod as the options say: not in a dry run, not another one', async () => {
    const namespace = await api().namespace()
    await api().until(`/api/v1/namespaces/${namespace}/serviceaccounts/default`, ({ status }) => status === 200)
    const path = `/api/v1/namespaces/${namespace}/pods`
    const spec = { containers: [{ name: 'web', image: 'web:1' }] }
    await api().create(path, { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'web', finalizers: ['contract/hold'] }, spec })
    const evict = (deleteOptions: object, query = '', name = 'web') =>
      api().create(`${path}/web/eviction${query}`, { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name }, deleteOptions })
    expect((await evict({}, '?dryRun=All')).status).toBe(201)
    expect((await evict({ dryRun: ['All'] })).status).toBe(201)
    expect((await evict({}, '?dryRun=Some')).status).toBe(422)
    expect((await evict({ preconditions: { uid: '00000000-0000-0000-0000-000000000000' } })).status).toBe(409)
    expect((await evict({ preconditions: { resourceVersion: '1' } })).status).toBe(409)
    expect((await evict({}, '', 'other')).status).toBe(400)
    const { body: kept } = await api().get(`${path}/web`)
    expect(kept.metadata.deletionTimestamp).toBeUndefined()
    expect((await evict({ preconditions: { uid: kept.metadata.uid } })).status).toBe(201)
    expect((await api().get(`${path}/web`)).body.metadata.deletionTimestamp).toBeDefined()
    await api().ask('PATCH', `${path}/web`, { body: { metadata: { finalizers: null } }, type: merge })
    await api().until(`${path}/web`, gone)
  })

  it('holds an object until its last finalizer is taken away', async () => {
    const path = await place()
    await api().create(path, configMap('held', {}, { finalizers: ['contract/hold'] }))
    const { body: going } = await api().ask('DELETE', `${path}/held`)
    expect(going).toMatchObject({
      kind: 'ConfigMap',
      metadata: { name: 'held', deletionTimestamp: expect.any(String), finalizers: ['contract/hold'] },
    })
    expect((await api().get(`${path}/held`)).body.metadata.deletionTimestamp).toBeDefined()
    await api().ask('PATCH', `${path}/held`, { body: { metadata: { finalizers: null } }, type: merge })
    expect((await api().get(`${path}/held`)).status).toBe(404)
  })

  it('takes dependents away after their owner', async () => {
    const path = await place()
    const { body: owner } = await api().create(path, configMap('owner'))
    await api().create(path, configMap('child', {}, { ownerReferences: [ownedBy(owner)] }))
    await api().ask('DELETE', `${path}/owner`, { body: { propagationPolicy: 'Background' } })
    expect((await api().get(`${path}/owner`)).status).toBe(404)
    await api().until(`${path}/child`, gone)
  })

  it('takes dependents away before their owner, when asked to go in the foreground', async () => {
    const path = await place()
    const { body: owner } = await api().create(path, configMap('owner'))
    await api().create(path, configMap('child', {}, { ownerReferences: [ownedBy(owner, true)], finalizers: ['contract/hold'] }))
    const { body: going } = await api().ask('DELETE', `${path}/owner`, { body: { propagationPolicy: 'Foreground' } })
    expect(going.metadata.finalizers).toEqual(['foregroundDeletion'])
    await api().until(`${path}/child`, ({ body }) => body.metadata?.deletionTimestamp !== undefined)
    expect((await api().get(`${path}/owner`)).status).toBe(200)
    await api().ask('PATCH', `${path}/child`, { body: { metadata: { finalizers: null } }, type: merge })
    await api().until(`${path}/owner`, gone)
  })

  it('leaves dependents without their owner, when asked to orphan them', async () => {
    const path = await place()
    const { body: owner } = await api().create(path, configMap('owner'))
    await api().create(path, configMap('child', {}, { ownerReferences: [ownedBy(owner)] }))
    await api().ask('DELETE', `${path}/owner?propagationPolicy=Orphan`)
    await api().until(`${path}/owner`, gone)
    const { status, body } = await api().get(`${path}/child`)
    expect(status).toBe(200)
    expect(body.metadata.ownerReferences).toBeUndefined()
  })

  it('refuses a propagation that it does not know', async () => {
    const path = await place()
    await api().create(path, configMap('one'))
    expect((await api().ask('DELETE', `${path}/one`, { body: { propagationPolicy: 'Sideways' } })).status).toBe(422)
  })

  it('deletes a collection by its selector', async () => {
    const path = await place()
    await api().create(path, configMap('a', {}, { labels: { go: 'yes' } }))
    await api().create(path, configMap('b', {}, { labels: { go: 'yes' } }))
    await api().create(path, configMap('c'))
    expect((await api().ask('DELETE', `${path}?labelSelector=go%3Dyes`)).status).toBe(200)
    const { body } = await api().get(path)
    expect(body.items.map((item: Body) => item.metadata.name)).not.toContain('a')
    expect(body.items.map((item: Body) => item.metadata.name)).toContain('c')
  })

  it('makes the ReplicaSet of a Deployment, and takes it away with it', async () => {
    const namespace = await api().namespace()
    const path = `/apis/apps/v1/namespaces/${namespace}`
    const { body: owner } = await api().create(`${path}/deployments`, deployment('web'))
    const { body } = await api().until(`${path}/replicasets`, ({ body: list }) => list.items.length === 1)
    const [set] = body.items
    expect(set.metadata).toMatchObject({
      labels: { app: 'web', 'pod-template-hash': expect.any(String) },
      annotations: { 'deployment.kubernetes.io/revision': '1' },
      ownerReferences: [{ kind: 'Deployment', name: 'web', uid: owner.metadata.uid, controller: true, blockOwnerDeletion: true }],
    })
    await api().until(`${path}/deployments/web`, ({ body: one }) => one.status?.observedGeneration === 1)
    await api().ask('DELETE', `${path}/deployments/web`, { body: { propagationPolicy: 'Background' } })
    await api().until(`${path}/replicasets`, ({ body: list }) => list.items.length === 0)
  })

  it('makes another ReplicaSet when the template changes', async () => {
    const path = `/apis/apps/v1/namespaces/${await api().namespace()}`
    await api().create(`${path}/deployments`, deployment('web'))
    await api().until(`${path}/replicasets`, ({ body: list }) => list.items.length === 1)
    const body = { spec: { template: { metadata: { annotations: { 'kubectl.kubernetes.io/restartedAt': 'now' } } } } }
    await api().ask('PATCH', `${path}/deployments/web`, { body, type: merge })
    const { body: list } = await api().until(`${path}/replicasets`, ({ body: found }) => found.items.length === 2)
    const revisions = list.items.map((one: Body) => one.metadata.annotations['deployment.kubernetes.io/revision']).sort()
    expect(revisions).toEqual(['1', '2'])
  })

  it('gives each namespace its account and its certificate', async () => {
    const namespace = await api().namespace()
    await api().until(`/api/v1/namespaces/${namespace}/serviceaccounts/default`, ({ status }) => status === 200)
    await api().until(`/api/v1/namespaces/${namespace}/configmaps/kube-root-ca.crt`, ({ status }) => status === 200)
    const { body } = await api().get(`/api/v1/namespaces/${namespace}`)
    expect(body).toMatchObject({
      metadata: { labels: { 'kubernetes.io/metadata.name': namespace } },
      spec: { finalizers: ['kubernetes'] },
      status: { phase: 'Active' },
    })
  })

  it('ends a namespace only when everything in it has gone', async () => {
    const namespace = await api().namespace()
    const path = `/api/v1/namespaces/${namespace}`
    await api().create(`${path}/configmaps`, configMap('held', {}, { finalizers: ['contract/hold'] }))
    const { body: going } = await api().ask('DELETE', path)
    expect(going.metadata.deletionTimestamp).toBeDefined()
    await api().until(path, ({ body }) => body.status?.phase === 'Terminating')
    const refused = await api().create(`${path}/configmaps`, configMap('late'))
    expect(refused.status).toBe(403)
    expect(refused.body.message).toContain(`because it is being terminated`)
    await api().until(`${path}/configmaps/held`, ({ body }) => body.metadata?.deletionTimestamp !== undefined)
    expect((await api().get(path)).status).toBe(200)
    await api().ask('PATCH', `${path}/configmaps/held`, { body: { metadata: { finalizers: null } }, type: merge })
    await api().until(path, gone)
  })
}
