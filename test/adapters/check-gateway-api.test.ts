import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { consulCatalog } from '../../adapters/consul/consul-catalog.js'
import { istioCatalog } from '../../adapters/istio/istio-catalog.js'
import { kumaCatalog } from '../../adapters/kuma/kuma-catalog.js'
import { linkerdCatalog } from '../../adapters/linkerd/linkerd-catalog.js'
import { checkGatewayApi } from '../../adapters/runtime/check-gateway-api.js'
import { type ClusterSession, openClusterSession } from '../../adapters/runtime/cluster-session.js'
import { type Finding, Severity } from '../../proto/gen/meshwright/adapter/v1/adapter.js'
import { type ScriptedApi, sendJson, sendStatus, startScriptedApi } from '../support/kubernetes/scripted-api.js'

const extensions = {
  kind: 'APIGroupDiscoveryList',
  items: [
    {
      metadata: { name: 'apiextensions.k8s.io' },
      versions: [
        {
          version: 'v1',
          resources: [
            {
              ...{ resource: 'customresourcedefinitions', scope: 'Cluster', singularResource: 'customresourcedefinition' },
              ...{ responseKind: { kind: 'CustomResourceDefinition' }, verbs: ['list'] },
            },
          ],
        },
      ],
    },
  ],
}
const definition = (name: string, version: string, annotations: Record<string, string> = {}) => ({
  metadata: {
    name: `${name}.gateway.networking.k8s.io`,
    annotations: { 'gateway.networking.k8s.io/bundle-version': version, 'gateway.networking.k8s.io/channel': 'standard', ...annotations },
  },
})
const ofConsul = { 'meta.helm.sh/release-name': 'consul', 'meta.helm.sh/release-namespace': 'mesh' }
const window = { version: '2.20.0', gatewayApi: '>=1.2.1 <1.6.0', needsGatewayApi: true, bringsGatewayApi: false }

describe('The Gateway API against the window of a mesh', () => {
  let workDir: string
  let api: ScriptedApi
  let session: ClusterSession
  let definitions: object[] | 'forbidden'

  beforeEach(async () => {
    workDir = await mkdtemp(join(tmpdir(), 'mw-window-'))
    api = await startScriptedApi(({ path }, response) => {
      if (path === '/apis') return sendJson(response, extensions)
      if (path === '/api') return sendJson(response, { kind: 'APIGroupDiscoveryList', items: [] })
      if (definitions === 'forbidden') return sendStatus(response, 403, 'Forbidden')
      sendJson(response, { kind: 'List', metadata: {}, items: definitions })
    })
    const grant = { url: api.url, caPem: api.ca, token: 't', expiresAt: undefined, namespaces: [], simulated: false }
    session = await openClusterSession({ grant, workDir, name: 'window', signal: new AbortController().signal })
  })
  afterEach(async () => {
    await session[Symbol.asyncDispose]()
    await api.close()
    await rm(workDir, { recursive: true })
  })

  const check = async (found: typeof definitions, wanted = window): Promise<Finding[]> => {
    definitions = found
    return checkGatewayApi(session, 'Linkerd', wanted)
  }
  const short = (findings: Finding[]) => findings.map(({ code, severity }) => [code, severity])

  it('asks nothing for a mesh that says nothing about it', async () => {
    expect(await check([], { ...window, gatewayApi: '' })).toEqual([])
    expect(api.seen).toEqual([])
  })

  it('is content with every bundle in the window, candidates of one included', async () => {
    expect(await check([definition('gateways', 'v1.5.1'), definition('httproutes', 'v1.2.1')])).toEqual([])
    expect(await check([definition('gateways', 'v1.5.0-rc.1')])).toEqual([])
  })

  it('refuses a mesh that needs it and does not have it, and tells others', async () => {
    const [needed] = await check([{ metadata: { name: 'gateways.networking.istio.io' } }])
    expect(needed).toMatchObject({ code: 'gateway-api-absent', severity: Severity.SEVERITY_ERROR })
    expect(needed?.remedy).toContain('Install the Gateway API in a version >=1.2.1 <1.6.0')
    expect(short(await check([], { ...window, needsGatewayApi: false }))).toEqual([['gateway-api-absent', Severity.SEVERITY_INFO]])
  })

  it('warns of older and of newer definitions, and names them when they are not all', async () => {
    const findings = await check([definition('gateways', 'v1.6.1'), definition('httproutes', 'v1.1.1'), definition('grpcroutes', 'v1.5.1')])
    expect(short(findings)).toEqual([
      ['gateway-api-older', Severity.SEVERITY_WARNING],
      ['gateway-api-newer', Severity.SEVERITY_WARNING],
    ])
    expect(findings[0]?.message).toBe(
      'The Gateway API in this cluster is 1.1.1 (httproutes.gateway.networking.k8s.io); Linkerd 2.20.0 works with >=1.2.1 <1.6.0.',
    )
    const [all] = await check([definition('gateways', 'v1.6.1')])
    expect(all?.message).toBe('The Gateway API in this cluster is 1.6.1; Linkerd 2.20.0 works with >=1.2.1 <1.6.0.')
  })

  it('warns of a helm release that takes the definitions along, unless its chart keeps them', async () => {
    const [endangered] = await check([definition('gateways', 'v1.5.1', ofConsul), definition('httproutes', 'v1.5.1')])
    expect(endangered).toMatchObject({ code: 'gateway-api-endangered', severity: Severity.SEVERITY_WARNING })
    expect(endangered?.message).toContain('1 of the definitions of the Gateway API belong to the helm release mesh/consul')
    expect(await check([definition('gateways', 'v1.5.1', { ...ofConsul, 'helm.sh/resource-policy': 'keep' })])).toEqual([])
  })

  it('tells nothing of its absence, nor of its owner, for a mesh whose chart brings it', async () => {
    const brings = { ...window, needsGatewayApi: false, bringsGatewayApi: true }
    expect(await check([], brings)).toEqual([])
    expect(await check([definition('gateways', 'v1.5.1', ofConsul)], brings)).toEqual([])
    expect(short(await check([definition('gateways', 'v1.6.1', ofConsul)], brings))).toEqual([
      ['gateway-api-newer', Severity.SEVERITY_WARNING],
    ])
  })

  // What is installable beside them: the bundles that Meshwright ships.
  it.each([
    ['1.30.3', istioCatalog, { none: ['gateway-api-absent'], '1.2.1': [], '1.5.1': [], '1.6.1': ['gateway-api-newer'] }],
    ['1.29.6', istioCatalog, { none: ['gateway-api-absent'], '1.2.1': [], '1.5.1': ['gateway-api-newer'], '1.6.1': ['gateway-api-newer'] }],
    ['2026.8.3', linkerdCatalog, { none: ['gateway-api-absent'], '1.2.1': [], '1.5.1': [], '1.6.1': ['gateway-api-newer'] }],
    ['2026.6.3', linkerdCatalog, { none: ['gateway-api-absent'], '1.2.1': [], '1.5.1': [], '1.6.1': ['gateway-api-newer'] }],
    ['2.14.3', kumaCatalog, { none: ['gateway-api-absent'], '1.2.1': [], '1.5.1': [], '1.6.1': ['gateway-api-newer'] }],
    ['2.13.10', kumaCatalog, { none: ['gateway-api-absent'], '1.2.1': [], '1.5.1': [], '1.6.1': ['gateway-api-newer'] }],
    ['1.9.11', consulCatalog, { none: [], '1.2.1': [], '1.5.1': ['gateway-api-newer'], '1.6.1': ['gateway-api-newer'] }],
    ['2.0.3', consulCatalog, { none: [], '1.2.1': [], '1.5.1': [], '1.6.1': [] }],
  ])('the window of version %s is held against the bundles that there are', async (version, catalog, expected) => {
    const wanted = catalog.versions.find((each) => each.version === version)
    if (wanted === undefined) throw new Error(`${catalog.title} has no ${version}`)
    for (const [bundle, codes] of Object.entries(expected)) {
      const found = bundle === 'none' ? [] : [definition('gateways', `v${bundle}`)]
      expect(
        (await check(found, wanted)).map(({ code }) => code),
        bundle,
      ).toEqual(codes)
    }
  })

  it('says that it does not know when it may not look', async () => {
    expect(short(await check('forbidden'))).toEqual([['gateway-api-unknown', Severity.SEVERITY_WARNING]])
  })
})
