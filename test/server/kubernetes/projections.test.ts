import { describe, expect, it } from 'vitest'
import { projectNamespace, projectPod, projectWorkload } from '../../../server/kubernetes/projections.js'

describe('a projection', () => {
  it('keeps of a pod what is shown and what rules look at', () => {
    const pod = projectPod({
      metadata: {
        name: 'web-1',
        namespace: 'shop',
        uid: 'u',
        labels: { app: 'web' },
        annotations: {
          'sidecar.istio.io/status': '{}',
          'istio.io/rev': 'default',
          'notistio.io/x': 'y',
          'kubectl.kubernetes.io/last-applied-configuration': 'secret',
          plain: 'z',
        },
        ownerReferences: [
          { apiVersion: 'v1', kind: 'Other', name: 'o', uid: '1' },
          { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'web', uid: '2', controller: true },
        ],
      },
      spec: {
        nodeName: 'one',
        containers: [{ name: 'web', image: 'web:1' }],
        initContainers: [{ name: 'istio-proxy', image: 'proxyv2:1.30.3', restartPolicy: 'Always' }],
      },
      status: {
        phase: 'Running',
        startTime: '2026-01-01T00:00:00Z',
        conditions: [{ type: 'Ready', status: 'True' }],
        containerStatuses: [{ name: 'web', ready: true, restartCount: 2 }],
        initContainerStatuses: [{ name: 'istio-proxy', ready: true, restartCount: 1 }],
      },
    })
    expect(pod).toEqual({
      uid: 'u',
      namespace: 'shop',
      name: 'web-1',
      labels: { app: 'web' },
      annotations: { 'sidecar.istio.io/status': '{}', 'istio.io/rev': 'default' },
      containers: [
        { name: 'istio-proxy', image: 'proxyv2:1.30.3', init: true, restartPolicyAlways: true, ready: true },
        { name: 'web', image: 'web:1', init: false, restartPolicyAlways: false, ready: true },
      ],
      phase: 'Running',
      reason: '',
      ready: true,
      deleting: false,
      restarts: 3,
      node: 'one',
      startedAt: '2026-01-01T00:00:00Z',
      owner: { kind: 'ReplicaSet', name: 'web' },
    })
  })

  it.each([
    ['CrashLoopBackOff', { containerStatuses: [{ name: 'a', state: { waiting: { reason: 'CrashLoopBackOff' } } }] }],
    ['', { containerStatuses: [{ name: 'a', state: { waiting: { reason: 'ContainerCreating' } } }] }],
    ['Unschedulable', { conditions: [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable' }] }],
    ['OOMKilled', { phase: 'Failed', containerStatuses: [{ name: 'a', state: { terminated: { reason: 'OOMKilled', exitCode: 137 } } }] }],
    ['', { phase: 'Succeeded', containerStatuses: [{ name: 'a', state: { terminated: { reason: 'Completed', exitCode: 0 } } }] }],
    ['Evicted', { phase: 'Failed', reason: 'Evicted' }],
  ])('tells why a pod is not well: %j', (reason, status) => {
    expect(projectPod({ status }).reason).toBe(reason)
  })

  it('counts a DaemonSet by its nodes and a Deployment by its replicas, and keeps who installed it', () => {
    const daemonSet = projectWorkload('DaemonSet')({ status: { desiredNumberScheduled: 3, numberReady: 2, updatedNumberScheduled: 1 } })
    expect(daemonSet).toMatchObject({ kind: 'DaemonSet', replicas: 3, ready: 2, updated: 1 })
    const annotations = {
      'meta.helm.sh/release-name': 'istiod',
      'argocd.argoproj.io/tracking-id': 'x',
      'deployment.kubernetes.io/revision': '1',
    }
    const deployment = projectWorkload('Deployment')({
      metadata: { name: 'istiod', annotations },
      spec: {
        replicas: 2,
        template: { metadata: { labels: { app: 'istiod' } }, spec: { containers: [{ name: 'discovery', image: 'pilot:1' }] } },
      },
      status: { readyReplicas: 1 },
    })
    expect(deployment).toMatchObject({
      replicas: 2,
      ready: 1,
      updated: 0,
      templateLabels: { app: 'istiod' },
      containers: [{ name: 'discovery', image: 'pilot:1' }],
    })
    expect(Object.keys(deployment.annotations)).toEqual(['meta.helm.sh/release-name', 'argocd.argoproj.io/tracking-id'])
  })

  it('stands an object with nothing in it', () => {
    expect(projectPod({}).phase).toBe('Unknown')
    expect(projectNamespace({})).toEqual({ name: '', labels: {}, annotations: {}, phase: '' })
    expect(projectWorkload('StatefulSet')({}).replicas).toBe(0)
  })
})
