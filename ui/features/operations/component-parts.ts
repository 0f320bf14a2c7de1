import type { Schema } from '../../lib/schema.js'

/** A component of a version, or another instance of a repeatable one: `gateway-eu`, whose `base` is `gateway`. */
export type Part = Schema<'MeshVersion'>['components'][number] & { base: string }

/** The components with the instances that were added to them, each behind its own. */
export function withInstances(components: readonly Schema<'MeshVersion'>['components'][number][], named: readonly string[]): Part[] {
  return components.flatMap((component) => {
    const { component: base, defaultRelease } = component
    const more = component.repeatable ? named.filter((name) => name.startsWith(`${base}-`)) : []
    const instances = more.map((name) => ({
      ...component,
      ...{ base, component: name, optional: true, defaultRelease: `${defaultRelease}${name.slice(base.length)}` },
    }))
    return [{ ...component, base }, ...instances]
  })
}

interface Naming {
  /** The repeatable component, such as gateway, and the release that it has by default. */
  base: string
  release: string
  /** Components that are there. */
  taken: readonly string[]
}

/** Why another instance cannot be called so; undefined when it can. It becomes a part of a release's name, which helm takes up to 53 characters of. */
export function nameProblem(name: string, { base, release, taken }: Naming): string | undefined {
  if (!/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/.test(name)) return 'Lower-case letters, digits and dashes'
  if (`${release}-${name}`.length > 53) return 'Too long for the name of a release'
  return taken.includes(`${base}-${name}`) ? 'There is one of this name already' : undefined
}
