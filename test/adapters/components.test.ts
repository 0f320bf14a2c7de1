import { describe, expect, it } from 'vitest'
import { readCatalog } from '../../adapters/runtime/catalog.js'
import { chooseComponents, deepMerge } from '../../adapters/runtime/components.js'
import { nameProblem } from '../../ui/features/operations/component-parts.js'

const catalog = readCatalog(new URL('../../adapters/istio/catalog.json', import.meta.url))
const target = { version: '1.30.3', namespace: 'istio-system' }

describe('The releases that parameters ask for', () => {
  it('are the required components; optional ones only when they are mentioned and not disabled', () => {
    const names = (components: object) => chooseComponents(catalog, { components } as never, target).map(({ name }) => name)
    expect(names({})).toEqual(['base', 'istiod'])
    expect(names({ gateway: {} })).toEqual(['base', 'istiod', 'gateway'])
    expect(names({ gateway: { enabled: false } })).toEqual(['base', 'istiod'])
  })

  it('may hold several gateways, each with a release and a namespace of its own', () => {
    const components = { gateway: { namespace: 'edge' }, 'gateway-eu': { values: { a: 1 } } }
    const gateways = chooseComponents(catalog, { components }, target).filter(({ component }) => component.component === 'gateway')
    expect(gateways.map(({ name, release, namespace }) => [name, release, namespace])).toEqual([
      ['gateway', 'istio-ingress', 'edge'],
      ['gateway-eu', 'istio-ingress-eu', 'istio-ingress'],
    ])
  })

  it('take a name on the page as long as helm takes the release that comes of it', () => {
    const instance = (name: string) => {
      const chosen = chooseComponents(catalog, { components: { [`gateway-${name}`]: {} } }, target).find(
        (each) => each.name !== 'gateway' && each.component.component === 'gateway',
      )
      return { length: chosen?.release.length, problem: nameProblem(name, { base: 'gateway', release: 'istio-ingress', taken: [] }) }
    }
    expect(instance('x'.repeat(39))).toEqual({ length: 53, problem: undefined })
    expect(instance('x'.repeat(40))).toEqual({ length: 54, problem: 'Too long for the name of a release' })
  })

  it("have the user's values over ours, and image settings where each chart wants them", () => {
    const parameters = {
      components: { istiod: { values: { base: { other: true }, pilot: null } }, gateway: {} },
      images: { registry: 'registry.example/istio', pullSecrets: ['pull'] },
    }
    const [base, istiod, gateway] = chooseComponents(catalog, parameters, target).map(({ values }) => values)
    expect(base).toEqual({ base: { validationFailurePolicy: 'Fail' }, global: { imagePullSecrets: ['pull'] } })
    expect(istiod).toEqual({
      base: { validationFailurePolicy: 'Fail', other: true },
      global: { hub: 'registry.example/istio', imagePullSecrets: ['pull'] },
      pilot: null,
    })
    expect(gateway).toEqual({ imagePullSecrets: [{ name: 'pull' }] })
  })

  it('do not let values reach the prototype of objects', () => {
    const merged = deepMerge({}, JSON.parse('{"__proto__": {"polluted": true}}'))
    expect(Object.getPrototypeOf(merged)).toBe(Object.prototype)
    expect({}).not.toHaveProperty('polluted')
  })
})
