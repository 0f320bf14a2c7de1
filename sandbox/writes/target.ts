import type { ResourceType } from '../resource-types.js'
import type { ErrorSubject } from '../status-error.js'

/** One object by its place. `namespace` is empty for cluster-scoped kinds. */
export interface Target {
  resource: ResourceType
  namespace: string
  name: string
}

/** What an error about it says. */
export function subjectOf({ resource, name }: Target): ErrorSubject {
  return { group: resource.group, plural: resource.plural, name }
}
