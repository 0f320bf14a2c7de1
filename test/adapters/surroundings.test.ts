import { describe, expect, it } from 'vitest'
import { consulCatalog } from '../../adapters/consul/consul-catalog.js'
import { istioCatalog } from '../../adapters/istio/istio-catalog.js'
import { kumaCatalog } from '../../adapters/kuma/kuma-catalog.js'
import { linkerdCatalog } from '../../adapters/linkerd/linkerd-catalog.js'
import { chooseComponents } from '../../adapters/runtime/components.js'
import { bringsNodeAgent } from '../../adapters/runtime/surroundings/brings-node-agent.js'
import { requestsOf } from '../../adapters/runtime/surroundings/capacity.js'
import { ciliumFindings } from '../../adapters/runtime/surroundings/cilium.js'
import { nodeAgentFindings } from '../../adapters/runtime/surroundings/node-agents.js'
import { missingSettings, platformMarks, platformOf, withPlatform } from '../../adapters/runtime/surroundings/platform.js'
import { byteText, coreText, readQuantity } from '../../adapters/runtime/surroundings/quantity.js'
import type { Parameters } from '../../contract/parameters.js'

type Values = NonNullable<NonNullable<Parameters['components']>[string]['values']>

const node = (kubeletVersion: string, metadata: object = {}) => ({
  ...{ apiVersion: 'v1', kind: 'Node', metadata },
  status: { nodeInfo: { kubeletVersion } },
})

describe('Quantities of Kubernetes', () => {
  it('are read as cores and bytes, in every form that the API server takes', () => {
    expect(['500m', '2', '1.5', '1e3', 3, '250000n'].map(readQuantity)).toEqual([0.5, 2, 1.5, 1000, 3, 0.00025])
    expect(['128Mi', '1Gi', '1G', '512Ki', '2k'].map(readQuantity)).toEqual([2 ** 27, 2 ** 30, 1e9, 2 ** 19, 2000])
    expect(['', 'much', undefined, null, '1Zi'].map(readQuantity)).toEqual([0, 0, 0, 0, 0])
  })

  it('are told so that a person reads them', () => {
    expect([0.5, 2, 1.25, 12.7].map(coreText)).toEqual(['500m', '2', '1250m', '12'])
    expect([2 ** 27, 2 ** 31, 0].map(byteText)).toEqual(['128 MiB', '2.0 GiB', '0 MiB'])
  })
})

describe('What a pod requests', () => {
  const container = (cpu: string, more: object = {}) => ({ resources: { requests: { cpu, memory: '1Mi' } }, ...more })

  it('is the sum of its containers and native sidecars, or the largest step of its start', () => {
    const sidecar = container('200m', { restartPolicy: 'Always' })
    expect(requestsOf({ containers: [container('100m'), container('300m')], initContainers: [sidecar] }).cpu).toBeCloseTo(0.6)
    expect(requestsOf({ containers: [container('100m')], initContainers: [container('2')] }).cpu).toBe(2)
  })

  it('is its limit where it requests nothing', () => {
    expect(requestsOf({ containers: [{ resources: { limits: { cpu: '1', memory: '2Gi' } } }] })).toEqual({ cpu: 1, memory: 2 ** 31 })
    for (const empty of [
      {},
      { containers: null },
      { containers: [{ resources: null }, { resources: { requests: null } }], initContainers: null },
    ])
      expect(requestsOf(empty)).toEqual({ cpu: 0, memory: 0 })
  })
})

describe('The platform of a cluster', () => {
  it('is told by its nodes', () => {
    const names = [
      [node('v1.33.4+k3s1')],
      [node('v1.33.4+k3s1', { name: 'k3d-demo-server-0' })],
      [node('v1.32.6-gke.1125000')],
      [node('v1.33.1-eks-1de2ab1')],
      [node('v1.32.5', { labels: { 'kubernetes.azure.com/cluster': 'mc' } })],
      [node('v1.31.9', { labels: { 'node.openshift.io/os_id': 'rhel' } })],
      [node('v1.36.3')],
      [],
    ].map((nodes) => platformOf(nodes)?.name)
    expect(names).toEqual(['k3s', 'k3d', 'gke', 'eks', 'aks', 'openshift', undefined, undefined])
  })

  it('gives the charts the settings that it needs, under those of the user, and says why', () => {
    const target = { version: '1.30.3', namespace: 'istio-system' }
    const instances = chooseComponents(istioCatalog, { components: { cni: { values: { global: { hub: 'own' } } } } }, target)
    const placed = withPlatform(istioCatalog, { name: 'k3s', title: 'k3s' }, instances)
    const cni = placed.instances.find(({ name }) => name === 'cni')
    expect(cni?.values).toEqual({ global: { platform: 'k3s', hub: 'own' } })
    expect(placed.findings).toMatchObject([{ code: 'platform-setting', message: expect.stringContaining('global.platform=k3s') }])
    const own = chooseComponents(istioCatalog, { components: { cni: { values: { global: { platform: 'k3d' } } } } }, target)
    expect(withPlatform(istioCatalog, { name: 'k3s', title: 'k3s' }, own).instances.at(-1)?.values).toEqual({ global: { platform: 'k3d' } })
  })

  it('gives nothing where no chart of the plan needs it, and on plain Kubernetes', () => {
    const instances = chooseComponents(istioCatalog, {}, { version: '1.30.3', namespace: 'istio-system' })
    for (const platform of [{ name: 'k3s', title: 'k3s' }, undefined])
      expect(withPlatform(istioCatalog, platform, instances)).toEqual({ instances, findings: [] })
  })
})

describe('The platforms that are known', () => {
  const catalogs = [istioCatalog, linkerdCatalog, kumaCatalog, consulCatalog].map((catalog) => [catalog.mesh, catalog] as const)

  it.each(catalogs)(
    'are all told of by %s: a setting, what is done by hand, or that nothing is needed, and from where',
    (_mesh, catalog) => {
      for (const { name } of platformMarks) {
        const rows = catalog.platforms.filter(({ platform }) => platform === name)
        expect(rows.length, name).toBeGreaterThan(0)
        for (const { values, byHand, why, components } of rows) {
          expect(Object.keys(values).length > 0 || byHand !== '', why).toBe(!why.startsWith('Nothing is to be set on '))
          expect(why).toMatch(/\.$/)
          expect(catalog.components.map(({ component }) => component)).toEqual(expect.arrayContaining(components))
        }
      }
      expect(catalog.platforms.filter(({ platform }) => platformMarks.every(({ name }) => name !== platform))).toEqual([])
    },
  )

  const kuma = (values: Values) =>
    chooseComponents(kumaCatalog, { components: { kuma: { values } } }, { version: '2.14.3', namespace: 'kuma-system' })
  const gke = { name: 'gke', title: 'GKE' }

  it('count for a network plugin only where a release brings one, and tell what is left to a person', () => {
    expect(kuma({}).some(bringsNodeAgent)).toBe(false)
    expect(withPlatform(kumaCatalog, gke, kuma({})).findings).toEqual([])
    const instances = kuma({ cni: { enabled: true } })
    expect(instances.some(bringsNodeAgent)).toBe(true)
    const { findings, instances: placed } = withPlatform(kumaCatalog, gke, instances)
    expect(placed[0]?.values).toMatchObject({ cni: { enabled: true, chained: true, binDir: '/home/kubernetes/bin' } })
    expect(findings.map(({ code }) => code)).toEqual(['platform-setting', 'platform-by-hand'])
    expect(findings[1]?.remedy).toContain('10-gke-ptp.conflist')
    const cni = chooseComponents(linkerdCatalog, { components: { cni: {} } }, { version: '2026.8.3', namespace: 'linkerd' })
    expect(cni.filter(bringsNodeAgent).map(({ name }) => name)).toEqual(['cni'])
  })

  it('is told as set where somebody gives the same as text', () => {
    const values = { global: { openshift: { enabled: 'true' } } }
    const given = chooseComponents(consulCatalog, { components: { consul: { values } } }, { version: '2.0.3', namespace: 'consul' })
    const { findings } = withPlatform(consulCatalog, { name: 'openshift', title: 'OpenShift' }, given)
    expect(findings[0]).toMatchObject({ code: 'platform-setting', message: expect.stringContaining('global.openshift.enabled=true') })
  })

  it('are warned of at an upgrade whose release lacks a setting, and never where somebody set it otherwise', () => {
    const consul = (values: Values) =>
      chooseComponents(consulCatalog, { components: { consul: { values } } }, { version: '2.0.3', namespace: 'consul' })
    const missing = (values: Values) => missingSettings(consulCatalog, { name: 'openshift', title: 'OpenShift' }, consul(values))
    expect(missing({})).toMatchObject([
      { code: 'platform-setting-missing', message: expect.stringContaining('global.openshift.enabled=true') },
    ])
    expect(missing({ global: { openshift: { enabled: false } } })).toEqual([])
    expect(missingSettings(consulCatalog, undefined, consul({}))).toEqual([])
    expect(missingSettings(consulCatalog, { name: 'eks', title: 'EKS' }, consul({}))).toEqual([])
  })
})

describe('Cilium beside a mesh', () => {
  const settings = (data: Record<string, string>) => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: {}, data })
  const codes = (data: Record<string, string>, hasNodeAgent: boolean) =>
    ciliumFindings(settings(data), hasNodeAgent).map(({ code }) => code)

  it('must suffer the plugin of a mesh that brings one', () => {
    expect(codes({}, true)).toEqual(['cilium-exclusive'])
    expect(codes({ 'cni-exclusive': 'false' }, true)).toEqual([])
    expect(codes({}, false)).toEqual([])
  })

  it('must leave the Services of pods to the proxies when it stands for kube-proxy', () => {
    expect(codes({ 'kube-proxy-replacement': 'true' }, false)).toEqual(['cilium-socket-lb'])
    expect(codes({ 'kube-proxy-replacement': 'true', 'bpf-lb-sock-hostns-only': 'true' }, false)).toEqual([])
  })
})

describe('Network plugins of two meshes on one node', () => {
  const set = (name: string, labels: Record<string, string>) => ({
    ...{ apiVersion: 'apps/v1', kind: 'DaemonSet' },
    metadata: { name, namespace: 'kube-system', labels },
  })

  it('are warned of by the name of the other one', () => {
    const sets = [set('kuma-cni-node', { app: 'kuma-cni' }), set('istio-cni-node', { 'k8s-app': 'istio-cni-node' })]
    expect(nodeAgentFindings(sets, 'istio')).toMatchObject([{ code: 'another-node-agent', object: { name: 'kuma-cni-node' } }])
    expect(nodeAgentFindings([set('cilium', { 'k8s-app': 'cilium' })], 'istio')).toEqual([])
  })
})
