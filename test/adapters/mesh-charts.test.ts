import { describe, expect, it } from 'vitest'
import { consulCharts } from '../../adapters/consul/consul-charts.js'
import { istioCharts } from '../../adapters/istio/istio-charts.js'
import { kumaCharts } from '../../adapters/kuma/kuma-charts.js'
import { linkerdCharts } from '../../adapters/linkerd/linkerd-charts.js'
import type { ChartMesh } from '../../adapters/runtime/chart-mesh.js'
import { chooseComponents } from '../../adapters/runtime/components.js'
import type { Scene } from '../../adapters/runtime/mesh-adapter.js'
import { catalogueOnly } from '../../adapters/runtime/offered-versions.js'
import { createCa, issueAuthority } from '../../certificates/certificate-authority.js'
import type { Parameters } from '../../contract/parameters.js'

// Nothing of a cluster is asked for by what is tested here.
const scene = {} as Scene

interface Asked {
  version: string
  namespace?: string
  revision?: string
}

/** The values that each release gets, by the name of its component. */
async function valuesOf({ catalog, complete, place }: ChartMesh, parameters: Parameters, asked: Asked): Promise<Record<string, unknown>> {
  const { version, namespace = catalog.namespace, revision = 'default' } = asked
  const instances = chooseComponents(catalog, complete?.(parameters) ?? parameters, { version, namespace })
  const components = instances.map(({ component }) => component.component)
  const around = { namespace, revision, components, params: parameters.params ?? {} }
  const placed = await Promise.all(instances.map((instance) => place?.(instance, around, scene) ?? instance))
  return Object.fromEntries(placed.map(({ name, release, values }) => [`${name} ${release}`, values]))
}

describe('Istio as it is asked for', () => {
  const webhooks = { base: { validationFailurePolicy: 'Fail' } }

  it('has definitions and control plane, and nothing on the nodes, by itself', async () => {
    expect(await valuesOf(istioCharts, {}, { version: '1.30.3' })).toEqual({ 'base istio-base': webhooks, 'istiod istiod': webhooks })
  })

  it('brings the node agent and the proxy of the node in ambient mode, each before what needs it, by the profile of that name', async () => {
    const values = await valuesOf(istioCharts, { params: { dataPlane: 'ambient' }, components: { gateway: {} } }, { version: '1.30.3' })
    expect(Object.keys(values)).toEqual([
      ...['base istio-base', 'istiod istiod', 'cni istio-cni', 'ztunnel ztunnel', 'gateway istio-ingress'],
    ])
    expect(values['istiod istiod']).toMatchObject({ profile: 'ambient', pilot: { cni: { enabled: true } } })
    expect(values['cni istio-cni']).toEqual({ profile: 'ambient' })
  })

  it('lets sidecars do without init containers when the node agent comes along', async () => {
    const values = await valuesOf(istioCharts, { components: { cni: {} } }, { version: '1.30.3' })
    expect(values['istiod istiod']).toEqual({ ...webhooks, pilot: { cni: { enabled: true } } })
    expect(values['cni istio-cni']).toEqual({})
  })

  it('tells each part where its control plane is, and by which revision', async () => {
    const components = { cni: {}, ztunnel: {}, gateway: {} }
    const values = await valuesOf(istioCharts, { components }, { version: '1.30.3', namespace: 'mesh', revision: 'blue' })
    expect(values['istiod istiod-blue']).toMatchObject({ revision: 'blue', global: { istioNamespace: 'mesh' } })
    expect(values['ztunnel ztunnel']).toEqual({ revision: 'blue', istioNamespace: 'mesh' })
    expect(values['gateway istio-ingress']).toEqual({ revision: 'blue' })
    expect(values['base istio-base']).toMatchObject({ defaultRevision: 'blue', global: { istioNamespace: 'mesh' } })
  })
})

describe('Linkerd as it is asked for', () => {
  it('does without init containers when the node agent comes along', async () => {
    const version = '2026.8.3'
    const plane = async (parameters: Parameters) =>
      (await valuesOf(linkerdCharts, parameters, { version }))['control-plane linkerd-control-plane']
    expect(await plane({})).not.toHaveProperty('cniEnabled')
    expect(await plane({ components: { cni: {} } })).toMatchObject({ cniEnabled: true })
  })
})

describe('Kuma as it is asked for', () => {
  const version = '2.14.3'
  const values = async (params: object) => (await valuesOf(kumaCharts, { params: { ...params } }, { version }))['kuma kuma']
  const codes = async (params: object, more: Record<string, unknown> = {}) => {
    const parameters = { params: { ...params }, components: { kuma: { values: more as never } } }
    const instances = chooseComponents(kumaCharts.catalog, parameters, { version, namespace: 'kuma-system' })
    const wanted = { namespace: 'kuma-system', revision: 'default', version: knownVersion(version), instances }
    const findings = await kumaCharts.check?.(scene, { ...wanted, params: { ...params } })
    return findings?.map(({ code }) => code)
  }
  const knownVersion = (wanted: string) => {
    const [found] = catalogueOnly(kumaCharts.catalog).filter((each) => each.version === wanted)
    if (found === undefined) throw new Error(`${wanted} is not in the catalogue`)
    return found
  }
  const globalAddress = 'grpcs://global.example:5685'

  it('is a zone that stands alone, under a global control plane, or the global one', async () => {
    expect(await values({})).toEqual({})
    expect(await values({ mode: 'global' })).toEqual({ controlPlane: { mode: 'global' } })
    expect(await values({ zone: 'east', globalAddress, ingress: true, egress: true })).toEqual({
      controlPlane: { zone: 'east', kdsGlobalAddress: globalAddress },
      ingress: { enabled: true },
      egress: { enabled: true },
    })
  })

  it('is refused, or warned of, where the parts do not fit', async () => {
    expect(await codes({})).toEqual([])
    expect(await codes({ mode: 'global', egress: true })).toEqual(['global-is-no-zone'])
    expect(await codes({ globalAddress })).toEqual(['zone-unnamed', 'global-not-trusted'])
    expect(await codes({ ingress: true })).toEqual(['ingress-without-zones'])
    const trusting = { controlPlane: { tls: { kdsZoneClient: { secretName: 'global-ca' } } } }
    expect(await codes({ zone: 'east', globalAddress }, trusting)).toEqual([])
  })

  it('checks the global control plane by the authority that is given, which the chart keeps for it', async () => {
    const { cert } = await createCa('root of the global one')
    const params = { zone: 'east', globalAddress, globalCa: cert }
    expect(await values(params)).toMatchObject({ controlPlane: { tls: { kdsZoneClient: { create: true, cert } } } })
    expect(await codes(params)).toEqual([])
    expect(await codes({ ...params, globalCa: 'none' })).toEqual(['global-ca-unreadable'])
    const ended = await issueAuthority(await createCa('old', { signsAuthorities: true }), { commonName: 'ended', days: -1 / 1440 })
    expect(await codes({ ...params, globalCa: ended.cert })).toEqual(['global-ca-expired'])
    expect(await codes({ mode: 'global', globalCa: cert })).toEqual(['global-is-no-zone'])
  })
})

describe('Consul beside a Gateway API that others look after', () => {
  const definition = { apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition', metadata: { name: 'gateways' } }
  const withDefinitions = (...names: string[]) =>
    ({ session: { get: async ({ name }: { name: string }) => (names.includes(name) ? definition : undefined) } }) as unknown as Scene
  const gateways = 'gateways.gateway.networking.k8s.io'
  const upgraded = async (values: Record<string, unknown>, beside: Scene) => {
    const [consul] = chooseComponents(consulCharts.catalog, {}, { version: '2.0.3', namespace: 'consul' })
    return consul && (await consulCharts.atUpgrade?.({ ...consul, values }, beside))?.values
  }

  it('is told to leave it alone by an upgrade too, by the switch that the new version knows', async () => {
    const before = { connectInject: { apiGateway: { manageExternalCRDs: false, manageNonStandardCRDs: true } } }
    expect(await upgraded(before, withDefinitions(gateways))).toEqual({ ...before, global: { installK8sNetworkingCRDs: false } })
    const wished = { global: { installK8sNetworkingCRDs: true } }
    expect(await upgraded(wished, withDefinitions(gateways))).toEqual(wished)
    expect(await upgraded(before, withDefinitions())).toEqual(before)
  })

  it('is refused before the plan where a policy of that takes no definition as old as those of the chart', async () => {
    const policy = 'safe-upgrades.gateway.networking.k8s.io'
    const tcpRoutes = 'tcproutes.gateway.networking.k8s.io'
    const codes = async (version: string, ...there: string[]) => {
      const beside = withDefinitions(gateways, ...there)
      const target = { version, namespace: 'consul' }
      const placed = chooseComponents(consulCharts.catalog, {}, target).map((each) =>
        consulCharts.place?.(each, { ...target, revision: 'default', components: [], params: {} }, beside),
      )
      const instances = (await Promise.all(placed)).flatMap((each) => each ?? [])
      const [known] = catalogueOnly(consulCharts.catalog).filter((each) => each.version === version)
      if (known === undefined) throw new Error(`${version} is not in the catalogue`)
      const wanted = { namespace: 'consul', revision: 'default', version: known, instances, params: {} }
      return (await consulCharts.check?.(beside, wanted))?.map(({ code }) => code)
    }
    expect(await codes('1.9.11', policy)).toEqual(['gateway-api-refuses-chart'])
    expect(await codes('1.9.11')).toEqual(['gateway-api-kept'])
    expect(await codes('1.9.11', policy, tcpRoutes)).toEqual(['gateway-api-kept'])
    expect(await codes('2.0.3', policy)).toEqual(['gateway-api-kept'])
  })
})
