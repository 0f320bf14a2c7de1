import type { Parameters } from '../../contract/parameters.js'
import { AdapterError } from './adapter-error.js'
import type { Catalog, CatalogComponent, CatalogVersion } from './catalog.js'
import type { ChartWanted } from './chart-source.js'

/** One release to be: a component of the catalogue, or one of several instances of a repeatable one. */
export interface ComponentInstance {
  /** Key under `components` in the parameters: `gateway`, or `gateway-eu` for another instance. */
  name: string
  component: CatalogComponent
  version: string
  namespace: string
  release: string
  values: Record<string, unknown>
}

type Values = Record<string, unknown>

/** Throws `invalid-parameters` with the versions there are. */
export function findVersion({ versions, title }: Catalog, wanted: string): CatalogVersion {
  const found = versions.find(({ version }) => version === wanted)
  if (found !== undefined) return found
  throw new AdapterError('invalid-parameters', `${title} ${wanted || '(no version)'} is not in the catalogue.`, {
    remedy: `Choose one of: ${versions.map(({ version }) => version).join(', ')}.`,
  })
}

/** The releases that the parameters ask for, in the catalogue's order. Optional ones are in when they are mentioned and not disabled. */
export function chooseComponents(
  catalog: Catalog,
  parameters: Parameters,
  target: { version: string; namespace: string },
): ComponentInstance[] {
  const asked = parameters.components ?? {}
  return catalog.components
    .filter((component) => component.installable)
    .flatMap((component) => {
      const mentioned = Object.keys(asked).filter((name) => isInstanceOf(name, component))
      const names = component.optional ? mentioned : [component.component]
      return names
        .filter((name) => asked[name]?.enabled !== false)
        .map((name) => {
          const own = asked[name] ?? {}
          const ours = deepMerge(component.values, imageValues(component, parameters.images))
          return {
            name,
            component,
            version: own.version ?? target.version,
            namespace: own.namespace ?? (component.namespace || target.namespace),
            release:
              own.release ??
              (name === component.component ? component.release : `${component.release}${name.slice(component.component.length)}`),
            values: deepMerge(ours, own.values ?? {}),
          }
        })
    })
}

function isInstanceOf(name: string, { component, repeatable }: CatalogComponent): boolean {
  return name === component || (repeatable && name.startsWith(`${component}-`))
}

function imageValues({ imageValues: places }: CatalogComponent, images: Parameters['images']): Values {
  const registry = images?.registry && places.registry ? atPath(places.registry, images.registry) : {}
  const secrets =
    images?.pullSecrets && places.pullSecrets ? atPath(places.pullSecrets, toReferences(places.pullSecrets, images.pullSecrets)) : {}
  return deepMerge(registry, secrets)
}

/** Charts take plain names under `global`, and references as pods have them elsewhere. */
function toReferences(path: string, names: readonly string[]): unknown {
  return path.startsWith('global.') ? names : names.map((name) => ({ name }))
}

function atPath(path: string, value: unknown): Values {
  return path.split('.').reduceRight<unknown>((inner, key) => ({ [key]: inner }), value) as Values
}

/** Objects are merged, everything else is replaced, as helm does with several values files. */
export function deepMerge(under: Values, over: Values): Values {
  const merged = Object.entries(over).map(([key, value]) => {
    const below = Object.hasOwn(under, key) ? under[key] : undefined
    return [key, isValues(below) && isValues(value) ? deepMerge(below, value) : value] as const
  })
  return Object.fromEntries([...Object.entries(under), ...merged])
}

function isValues(value: unknown): value is Values {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The package that an instance needs; a digest of the catalogue holds for the catalogue's own version only. */
export function chartOf(catalog: Catalog, version: CatalogVersion, instance: ComponentInstance): ChartWanted {
  const { chart } = instance.component
  const digest = instance.version === version.version ? (version.digests[chart] ?? '') : ''
  return { chart, version: instance.version, repository: catalog.chartRepository, digest }
}
