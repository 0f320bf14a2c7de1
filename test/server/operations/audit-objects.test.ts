import { describe, expect, it } from 'vitest'
import { auditKey, findLeftovers, isNoise, observeChanges } from '../../../server/operations/audit-objects.js'
import type { SnapshotObject } from '../../../server/operations/operation-object-store.js'

const none = { rules: [], requested: new Set<string>() }

function object(kind: string, name: string, more: Partial<SnapshotObject> = {}): SnapshotObject {
  const base = {
    apiVersion: 'v1',
    kind,
    namespace: 'a',
    name,
    uid: `${kind}-${name}`,
    resourceVersion: '1',
    generation: 1,
    deleting: false,
  }
  return { ...base, labels: {}, annotations: {}, owners: [], managers: ['kubectl'], ...more }
}

function summary(observed: ReturnType<typeof observeChanges>) {
  return observed.map(({ change, object: { kind, name }, attribution }) => `${change} ${kind}/${name}: ${attribution}`)
}

describe('what changed while an operation ran', () => {
  it('names who wrote an object that appeared without a request of ours', () => {
    const after = [object('ConfigMap', 'x', { managers: ['pilot-discovery'] })]
    expect(summary(observeChanges({ ...none, before: [], after }))).toEqual([
      'appeared ConfigMap/x: seen while the operation ran; written by pilot-discovery',
    ])
  })

  it('counts what belongs to a requested object, over several owners', () => {
    const deployment = object('Deployment', 'd')
    const replicaSet = object('ReplicaSet', 'r', { owners: [{ kind: 'Deployment', name: 'd', uid: deployment.uid }] })
    const pod = object('Pod', 'p', { owners: [{ kind: 'ReplicaSet', name: 'r', uid: replicaSet.uid }] })
    const requested = new Set([auditKey(deployment)])
    expect(summary(observeChanges({ before: [], after: [deployment, replicaSet, pod], requested, rules: [] }))).toEqual([
      'appeared Deployment/d: requested by an operation of ours',
      'appeared ReplicaSet/r: owned by Deployment d',
      'appeared Pod/p: owned by ReplicaSet r',
    ])
  })

  it('leaves out a new pod of a workload that was there before', () => {
    const deployment = object('Deployment', 'd')
    const pod = object('Pod', 'p', { owners: [{ kind: 'Deployment', name: 'd', uid: deployment.uid }] })
    expect(observeChanges({ ...none, before: [deployment], after: [deployment, pod] })).toEqual([])
  })

  it('reports a changed and a removed object only with evidence', () => {
    const mine = object('ConfigMap', 'mine')
    const theirs = object('ConfigMap', 'theirs')
    const gone = object('Secret', 'gone')
    const after = [
      { ...mine, generation: 2 },
      { ...theirs, labels: { a: 'b' } },
    ]
    const requested = new Set([auditKey(mine), auditKey(gone)])
    expect(summary(observeChanges({ before: [mine, theirs, gone], after, requested, rules: [] }))).toEqual([
      'changed ConfigMap/mine: requested by an operation of ours',
      'went Secret/gone: requested by an operation of ours',
    ])
  })
})

describe('what is left of a mesh', () => {
  const rules = [
    { reason: 'of the mesh', apiGroup: 'istio.io' },
    { reason: 'labelled', label: { key: 'app', values: ['istiod'] } },
    { reason: 'written by istiod', fieldManager: 'pilot-discovery' },
    { reason: 'its root certificate', object: { kind: 'ConfigMap', namespace: '', name: 'istio-ca-root-cert' } },
  ]

  it('is what was not there before and what a rule ties to it', () => {
    const after = [
      object('Gateway', 'g', { apiVersion: 'istio.io/v1' }),
      object('Service', 's', { labels: { app: 'istiod' } }),
      object('Secret', 'c', { managers: ['pilot-discovery'] }),
      object('ConfigMap', 'istio-ca-root-cert', { namespace: 'b' }),
      object('ConfigMap', 'of-somebody-else'),
      object('Service', 'older', { labels: { app: 'istiod' } }),
    ]
    const before = [object('Service', 'older', { labels: { app: 'istiod' }, uid: 'another' })]
    expect(summary(findLeftovers({ before, after, requested: new Set(), rules }))).toEqual([
      'left Gateway/g: of the mesh',
      'left Service/s: labelled',
      'left Secret/c: written by istiod',
      'left ConfigMap/istio-ca-root-cert: its root certificate',
    ])
  })

  it('leaves out what goes by itself: a pod in its grace period, and what has lost its owner', () => {
    const pod = object('Pod', 'p', { labels: { app: 'istiod' }, deleting: true })
    const replicaSet = object('ReplicaSet', 'r', { labels: { app: 'istiod' }, owners: [{ kind: 'Deployment', name: 'd', uid: 'gone' }] })
    const stuck = object('Service', 's', { labels: { app: 'istiod' }, deleting: true })
    const left = findLeftovers({ before: [], after: [pod, replicaSet, stuck], requested: new Set(), rules })
    expect(left.map(({ object: { name } }) => name)).toEqual(['s'])
  })

  it('leaves out the new pods of a workload that was there before, though we restarted it', () => {
    const workload = object('Deployment', 'shop', { uid: 'w' })
    const replicaSet = object('ReplicaSet', 'shop-2', { uid: 'r', owners: [{ kind: 'Deployment', name: 'shop', uid: 'w' }] })
    const mesh = object('Deployment', 'istiod', { uid: 'i' })
    const requested = new Set([workload, mesh].map((each) => auditKey(each)))
    const left = findLeftovers({ before: [workload], after: [workload, replicaSet, mesh], requested, rules })
    expect(left.map(({ object: { name } }) => name)).toEqual(['istiod'])
  })

  it('ignores the committed noise and nothing else', () => {
    expect(isNoise(object('Lease', 'l', { apiVersion: 'coordination.k8s.io/v1' }))).toBe(true)
    expect(isNoise(object('ConfigMap', 'kube-root-ca.crt'))).toBe(true)
    expect(isNoise(object('ConfigMap', 'istio-ca-root-cert'))).toBe(false)
    expect(isNoise(object('Lease', 'l', { apiVersion: 'other.io/v1' }))).toBe(false)
    const group = { apiVersion: 'apiregistration.k8s.io/v1' }
    expect(
      isNoise(object('APIService', 'v1.istio.io', { ...group, labels: { 'kube-aggregator.kubernetes.io/automanaged': 'true' } })),
    ).toBe(true)
    expect(isNoise(object('APIService', 'v1alpha1.tap.linkerd.io', group))).toBe(false)
  })
})
