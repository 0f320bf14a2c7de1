import type { Parameters } from '../../contract/parameters.js'
import type { Catalog, CatalogComponent } from './catalog.js'
import type { ChartWanted } from './chart-source.js'
import { isValues } from './values-at-paths.js'

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

/** The releases that the parameters ask for, in the catalogue's order. Optional ones are in when they are mentioned and not disabled. */
export function chooseComponents(
  catalog: Catalog,
  parameters: Parameters,
  target: { version: string; appVersion?: string; namespace: string },
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
          const version = own.version ?? target.version
          const ours = deepMerge(component.values, imageValues(catalog, component, { images: parameters.images, version, target }))
          return {
            name,
            component,
            version,
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

/** What stands for `{version}` and `{appVersion}` in an image's name. */
function namesOf({ versions }: Catalog, version: string, target: { version: string; appVersion?: string }) {
  const known = version === target.version ? target : versions.find((one) => one.version === version)
  return { version, appVersion: known?.appVersion || version }
}

type VersionNames = ReturnType<typeof namesOf>

/** Common image settings as values of one chart. `target` says what the project calls the version that is wanted. */
export function imageValues(
  catalog: Catalog,
  { imageValues: places }: CatalogComponent,
  { images, version, target }: { images: Parameters['images']; version: string; target: { version: string; appVersion?: string } },
): Values {
  const { registry, pullSecrets } = images ?? {}
  const names = namesOf(catalog, version, target)
  const values: Values[] = []
  if (registry && places.registry) values.push(atPath(places.registry, registry))
  if (registry) values.push(...Object.entries(places.images).map(([path, image]) => atPath(path, fill(image, { registry, ...names }))))
  if (pullSecrets && places.pullSecrets) {
    values.push(atPath(places.pullSecrets, places.pullSecretsAs === 'names' ? pullSecrets : pullSecrets.map((name) => ({ name }))))
  }
  return values.reduce(deepMerge, {})
}

function fill(text: string, names: VersionNames & { registry: string }): string {
  const { registry, version, appVersion } = names
  return text.replaceAll('{registry}', registry).replaceAll('{version}', version).replaceAll('{appVersion}', appVersion)
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

/** The package that an instance needs; a digest of the catalogue holds for the catalogue's own versions only. */
export function chartOf({ chartRepository, versions }: Catalog, { component: { chart }, version }: ComponentInstance): ChartWanted {
  const digest = versions.find((known) => known.version === version)?.digests[chart] ?? ''
  return { chart, version, repository: chartRepository, digest }
}
