import type { Schema } from '../../lib/schema.js'

/** The clusters that a page is narrowed to: the chosen one, or all. */
export function inScope(clusters: readonly Schema<'Cluster'>[] | undefined, chosen: string | undefined): readonly Schema<'Cluster'>[] {
  return clusters?.filter(({ id }) => chosen === undefined || id === chosen) ?? []
}
