import type { ObjectStore } from './object-store.js'
import { apiVersionOf, builtInTypes, type ResourceType, typesOfDefinition } from './resource-types.js'

/** What is served now: the built-in kinds and those of definitions that are there. */
export interface ResourceCatalog {
  all(): readonly ResourceType[]
  byPath(group: string, version: string, plural: string): ResourceType | undefined
  byKind(apiVersion: string, kind: string): ResourceType | undefined
}

const definitions = builtInTypes.find(({ kind }) => kind === 'CustomResourceDefinition')

/** Reads the definitions out of the store, anew after each change of one. */
export function createResourceCatalog(store: ObjectStore): ResourceCatalog {
  let known: readonly ResourceType[] | undefined
  const forget = () => {
    known = undefined
  }
  store.subscribe(({ resource }) => resource.kind === 'CustomResourceDefinition' && forget())
  store.onClear(forget)
  const all = () => {
    known ??= [...builtInTypes, ...(definitions ? store.list(definitions).flatMap(typesOfDefinition) : [])]
    return known
  }
  return {
    all,
    byPath: (group, version, plural) => all().find((type) => type.plural === plural && type.group === group && type.version === version),
    byKind: (apiVersion, kind) => all().find((type) => type.kind === kind && apiVersionOf(type) === apiVersion),
  }
}
