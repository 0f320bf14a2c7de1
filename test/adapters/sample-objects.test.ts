import { describe, expect, it } from 'vitest'
import { consulCatalog } from '../../adapters/consul/consul-catalog.js'
import { istioCatalog } from '../../adapters/istio/istio-catalog.js'
import { kumaCatalog } from '../../adapters/kuma/kuma-catalog.js'
import { linkerdCatalog } from '../../adapters/linkerd/linkerd-catalog.js'
import { nameOf } from '../../adapters/runtime/manifests.js'
import type { Wish } from '../../adapters/runtime/membership-marks.js'
import { sampleLabel } from '../../adapters/runtime/sample/sample-names.js'
import { endpointText, namespaceObject, type SamplePlace, sampleObjects } from '../../adapters/runtime/sample/sample-objects.js'

interface Spec {
  type?: string
  selector: object
  template: {
    metadata: { labels: Record<string, string>; annotations: Record<string, string> }
    spec: {
      serviceAccountName: string
      automountServiceAccountToken: boolean
      securityContext?: object
      imagePullSecrets?: object[]
      containers: { image: string; securityContext: object; resources: object }[]
    }
  }
}

const join: Wish = { to: 'join', mode: 'sidecar', revision: '' }
const placeIn = (more: Partial<SamplePlace> = {}): SamplePlace => ({
  ...{ namespace: 'trial', image: 'node:22-alpine', from: undefined, catalog: istioCatalog, wish: join },
  ...more,
})
const objects = (more: Partial<SamplePlace> = {}) =>
  sampleObjects('the script', placeIn(more)).map((object) => ({ ...object, spec: object.spec as Spec }))
const workloads = (more: Partial<SamplePlace> = {}) => objects(more).filter(({ kind }) => kind === 'Deployment')
const namespaceMarks = (more: Partial<SamplePlace>) => {
  const { labels = {}, annotations } = namespaceObject(placeIn(more), 'made').metadata
  const { [sampleLabel]: _ours, ...marks } = labels
  return { labels: marks, annotations }
}

describe('The sample application', () => {
  it('asks for each mesh as its catalogue says, on the namespace or on the pods', () => {
    expect(namespaceMarks({})).toEqual({ labels: { 'istio-injection': 'enabled' }, annotations: {} })
    expect(namespaceMarks({ wish: { ...join, revision: 'canary' } }).labels).toEqual({ 'istio.io/rev': 'canary' })
    expect(namespaceMarks({ wish: { ...join, mode: 'ambient' } }).labels).toEqual({ 'istio.io/dataplane-mode': 'ambient' })
    expect(namespaceMarks({ catalog: kumaCatalog }).labels).toEqual({ 'kuma.io/sidecar-injection': 'enabled' })
    expect(namespaceMarks({ catalog: linkerdCatalog }).annotations).toEqual({ 'linkerd.io/inject': 'enabled' })
    expect(namespaceMarks({ catalog: consulCatalog })).toEqual({ labels: {}, annotations: {} })
    for (const { spec } of workloads({ catalog: consulCatalog }))
      expect(spec.template.metadata.annotations).toMatchObject({ 'consul.hashicorp.com/connect-inject': 'true' })
    expect(namespaceMarks({ wish: undefined })).toEqual({ labels: {}, annotations: {} })
  })

  it('is a caller and two versions of a callee behind one Service, each with an account of its Service', () => {
    const labels = workloads().map(({ metadata, spec }) => [
      metadata.name,
      spec.template.metadata.labels,
      spec.template.spec.serviceAccountName,
    ])
    expect(labels).toMatchObject([
      ['callee-v1', { app: 'callee', version: 'v1' }, 'callee'],
      ['callee-v2', { app: 'callee', version: 'v2' }, 'callee'],
      ['caller', { app: 'caller', version: 'v1' }, 'caller'],
    ])
    const services = objects().filter(({ kind }) => kind === 'Service')
    expect(services.map(({ metadata, spec }) => [metadata.name, spec.type, spec.selector])).toEqual([
      ['caller', 'ClusterIP', { app: 'caller' }],
      ['callee', 'ClusterIP', { app: 'callee' }],
    ])
  })

  it('is reached by its Service, and says of a simulated cluster that nobody answers there', () => {
    const told = endpointText('trial', { simulated: false })
    expect(told).toBe(
      'Inside the cluster the sample answers at `http://caller.trial.svc:8080`; from here by `kubectl port-forward -n trial service/caller 8080`, at http://localhost:8080.',
    )
    expect(endpointText('trial', { simulated: true })).toMatch(/^Simulated, so that nobody answers: /)
  })

  it('bears the mark of Meshwright on every object, and has none outside of its namespace', () => {
    for (const object of objects()) {
      expect(object.metadata.labels, nameOf(object)).toHaveProperty([sampleLabel])
      expect(object.metadata.namespace, nameOf(object)).toBe('trial')
    }
  })

  it('runs where pod security is restricted, reads its disk only, and takes little', () => {
    for (const { spec } of workloads()) {
      const { securityContext, containers } = spec.template.spec
      // Kuma's init container, which is root, would not start under a rule of the pod.
      expect(securityContext).toBeUndefined()
      for (const container of containers) {
        expect(container.securityContext).toMatchObject({
          ...{ runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
          ...{ allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } },
        })
        expect(container.resources).toMatchObject({ requests: { memory: '48Mi' }, limits: { memory: '128Mi' } })
      }
    }
  })

  it('names its user, but where OpenShift gives it one', () => {
    const user = { runAsUser: 65532, runAsGroup: 65532 }
    const users = (platform?: string) => workloads({ platform }).flatMap(({ spec }) => spec.template.spec.containers[0]?.securityContext)
    for (const each of [...users(), ...users('gke')]) expect(each).toMatchObject(user)
    for (const each of users('openshift')) for (const key of Object.keys(user)) expect(each).not.toHaveProperty(key)
  })

  it('has no token of its account, unless the proxies of the mesh sign in with it', () => {
    const mounted = (more: Partial<SamplePlace>) => workloads(more).map(({ spec }) => spec.template.spec.automountServiceAccountToken)
    for (const catalog of [istioCatalog, linkerdCatalog]) expect(mounted({ catalog })).toEqual([false, false, false])
    for (const catalog of [kumaCatalog, consulCatalog]) expect(mounted({ catalog })).toEqual([true, true, true])
    expect(mounted({ catalog: kumaCatalog, wish: undefined })).toEqual([false, false, false])
  })

  it('runs another image, or the same from another registry, with its secrets', () => {
    const images = (more: Partial<SamplePlace>) =>
      workloads(more).flatMap(({ spec }) => spec.template.spec.containers.map(({ image }) => image))
    expect(new Set(images({}))).toEqual(new Set(['node:22-alpine']))
    expect(new Set(images({ image: 'images.example/node:24' }))).toEqual(new Set(['images.example/node:24']))
    const from = { registry: 'registry.example:5000/copies', pullSecrets: ['ours'] }
    expect(new Set(images({ from }))).toEqual(new Set(['registry.example:5000/copies/node:22-alpine']))
    for (const { spec } of workloads({ from })) expect(spec.template.spec.imagePullSecrets).toEqual([{ name: 'ours' }])
  })

  it('makes its pods anew when its script or the marks of its namespace change, and only then', () => {
    const config = (script: string, more: Partial<SamplePlace> = {}) =>
      sampleObjects(script, placeIn(more)).flatMap(
        ({ spec }) => (spec as Partial<Spec>)?.template?.metadata.annotations['meshwright.io/config'] ?? [],
      )
    expect(config('one')).toEqual(config('one', { image: 'node:24' }))
    expect(new Set([...config('one'), ...config('two'), ...config('one', { wish: { ...join, revision: 'canary' } })]).size).toBe(3)
  })
})
