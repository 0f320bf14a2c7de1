import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { Catalog } from '../../../adapters/runtime/catalog.js'
import { GetInfoResponse } from '../../../proto/gen/meshwright/adapter/v1/adapter.js'
import { detectInstallations } from '../../../server/inventory/detect-installations.js'
import { type DefinitionProjection, projectDefinition } from '../../../server/kubernetes/projections.js'

const catalog = Catalog.parse(JSON.parse(readFileSync('adapters/kubernetes/gateway-api/catalog.json', 'utf8')))
const info = GetInfoResponse.fromJSON({
  definitionGroups: catalog.definitions?.groups,
  definitionVersionAnnotation: catalog.definitions?.versionAnnotation,
  definitionChannelAnnotation: catalog.definitions?.channelAnnotation,
})

const definition = (name: string, version: string, more: Partial<DefinitionProjection> = {}): DefinitionProjection => ({
  name,
  labels: {},
  annotations: { 'gateway.networking.k8s.io/bundle-version': version, 'gateway.networking.k8s.io/channel': 'standard' },
  managers: ['meshwright'],
  ...more,
})
const gateways = (version = 'v1.6.1', more: Partial<DefinitionProjection> = {}) =>
  definition('gateways.gateway.networking.k8s.io', version, more)
const routes = (version = 'v1.6.1') => definition('httproutes.gateway.networking.k8s.io', version)

const detect = (...definitions: DefinitionProjection[]) =>
  detectInstallations(
    { cluster: 'c1', pods: [], namespaces: [], workloads: [], definitions, podsKnown: true, isComplete: true },
    { descriptions: [{ mesh: 'gateway-api', info }], observedAt: 0, isOurs: () => false, simulated: false },
  )

describe('The Gateway API of a cluster', () => {
  it('is one installation without namespace and pods, with each definition and its owner', () => {
    expect(detect(routes(), gateways())).toMatchObject([
      {
        ...{ id: 'c1.gateway-api..default', mesh: 'gateway-api', namespace: '', version: '1.6.1', installer: 'meshwright', managed: true },
        ...{ health: 'healthy', components: [] },
        definitions: [
          { name: 'gateways.gateway.networking.k8s.io', version: '1.6.1', channel: 'standard', owner: 'Meshwright' },
          { name: 'httproutes.gateway.networking.k8s.io', version: '1.6.1' },
        ],
      },
    ])
  })

  it('is not there when only other definitions are, also of similar names', () => {
    expect(detect(definition('gateways.networking.istio.io', 'v1'), definition('gateways.mygateway.networking.k8s.io', 'v1'))).toEqual([])
  })

  it('is degraded when its definitions are of several bundles', () => {
    expect(detect(gateways('v1.6.1'), routes('v1.2.1'))).toMatchObject([
      {
        version: '1.2.1, 1.6.1',
        health: 'degraded',
        healthReason: 'Its definitions are of several bundles: 1.2.1 standard, 1.6.1 standard.',
      },
    ])
  })

  it('is not managed while somebody brings back what others change', () => {
    const [found] = detect(
      routes(),
      gateways('v1.6.1', { labels: { 'addonmanager.kubernetes.io/mode': 'Reconcile' }, managers: ['addon'] }),
    )
    expect(found).toMatchObject({ installer: 'platform', managed: false })
    const reason =
      "It belongs to the cluster's add-on manager, which brings back what others change. Change it there: the page of the cluster."
    expect(found?.unmanagedReason).toBe(reason)
    expect(found?.can).toEqual([{ handling: 'definitions', verdict: 'refuse', reason, where: 'the page of the cluster' }])
  })

  it('keeps no long annotation of a definition in memory', () => {
    const annotations = { short: 'kept', 'kubectl.kubernetes.io/last-applied-configuration': 'x'.repeat(201) }
    expect(projectDefinition({ metadata: { name: 'a', annotations } }).annotations).toEqual({ short: 'kept' })
  })
})
