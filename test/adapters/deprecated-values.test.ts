import { describe, expect, it } from 'vitest'
import { consulCatalog } from '../../adapters/consul/consul-catalog.js'
import { istioCatalog } from '../../adapters/istio/istio-catalog.js'
import type { Catalog } from '../../adapters/runtime/catalog.js'
import { deprecatedFindings } from '../../adapters/runtime/deprecated-values.js'
import { Severity } from '../../proto/gen/meshwright/adapter/v1/adapter.js'
import { meshAdapters } from '../support/mesh-descriptions.js'

const look = (catalog: Catalog, name: string, { version, values }: { version: string; values: Record<string, unknown> }) => {
  const component = catalog.components.find((each) => each.component === name)
  if (component === undefined) throw new Error(`${catalog.mesh} has no ${name}`)
  return deprecatedFindings({ release: 'ours', component, version, values })
}
const paths = (found: ReturnType<typeof look>) => found.map(({ message }) => /^Value (\S+)/.exec(message)?.[1])

describe('Values that a chart calls deprecated', () => {
  it('are warned of, with what takes their place and where the chart says so', () => {
    const values = { global: { enableTracing: false, tag: 'x' }, meshConfig: { enableTracing: true } }
    expect(look(istioCatalog, 'istiod', { version: '1.30.3', values })).toMatchObject([
      {
        code: 'value-deprecated',
        severity: Severity.SEVERITY_WARNING,
        message: 'Value global.enableTracing of release ours is deprecated.',
        cause: expect.stringContaining('Chart istiod 1.30.3 still takes it, and says so itself (templates/NOTES.txt)'),
        remedy: 'Use meshConfig.enableTracing instead.',
      },
    ])
  })

  it('are those of the version that is to be, and only where something is set', () => {
    const deployment = { defaultInstances: 2, maxInstances: null, minInstances: 1 }
    const values = { connectInject: { apiGateway: { managedGatewayClass: { deployment } } } }
    const before = 'connectInject.apiGateway.managedGatewayClass.deployment'
    const of = (version: string) => paths(look(consulCatalog, 'consul', { version, values }))
    expect(of('2.0.3')).toEqual([`${before}.defaultInstances`, `${before}.minInstances`])
    expect(of('1.9.11')).toEqual([])
    const istiod = (global: unknown) => paths(look(istioCatalog, 'istiod', { version: '1.30.3', values: { global } }))
    expect(istiod({ certificates: [], localityLbSetting: {} })).toEqual([])
    expect(istiod({ localityLbSetting: { enabled: false } })).toEqual(['global.localityLbSetting'])
  })

  it('are told apart where only a text is deprecated', () => {
    const of = (resources: unknown) => look(consulCatalog, 'consul', { version: '2.0.3', values: { server: { resources } } })
    expect(of('requests: { cpu: 100m }').map(({ message }) => message)).toEqual([
      'Value server.resources of release ours is deprecated as a text.',
    ])
    expect(of({ requests: { cpu: '100m' } })).toEqual([])
  })

  it.each(meshAdapters.map(({ catalog }) => [catalog.mesh, catalog] as const))('%s sets none by itself', (_mesh, catalog) => {
    for (const component of catalog.components) {
      const platforms = catalog.platforms.filter(({ components }) => components.includes(component.component))
      for (const values of [component.values, ...platforms.map((each) => each.values), ...catalog.phoneHome.map(({ off }) => off)])
        for (const { version } of catalog.versions) expect(deprecatedFindings({ release: 'ours', component, version, values })).toEqual([])
    }
  })
})
