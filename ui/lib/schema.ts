import type { components } from '../gen/api.js'

/** A resource of the REST API by its name in the OpenAPI document: `Schema<'Cluster'>`. */
export type Schema<Name extends keyof components['schemas']> = components['schemas'][Name]
