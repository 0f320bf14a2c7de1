import type { Catalog } from './catalog.js'

/** What the rescue is called that takes finalizers off. */
export const removeFinalizersTitle = 'Remove finalizers that nobody answers'

/** What to do about objects of a mesh that are not gone in time; undefined where the mesh has no finalizers of its own to take off. */
export function heldRemedy({ title, finalizers }: Pick<Catalog, 'title' | 'finalizers'>): string | undefined {
  if (finalizers.length === 0) return undefined
  return `A finalizer needs its controller: look at what the cause names, then retry the operation. Where the controller is gone for good, the action "${removeFinalizersTitle}" of ${title} is the way out.`
}
