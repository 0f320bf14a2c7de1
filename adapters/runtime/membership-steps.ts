import type { Catalog } from './catalog.js'
import { markNamespacesStep } from './mark-namespaces-step.js'
import type { Wish } from './membership-marks.js'
import type { Place } from './membership-places.js'
import type { Scene, Step } from './mesh-adapter.js'
import { rollNamespaceStep } from './roll-namespace-step.js'

/** Which namespaces become what, and whether their workloads are restarted for it. */
export interface MembershipOptions {
  places: readonly Place[]
  wish: Wish
  restart: boolean
  timeoutMs: number
}

/** Marks first, for all namespaces at once; then one namespace after the other is restarted and looked at. */
export function membershipSteps(scene: Scene, catalog: Catalog, { places, wish, restart, timeoutMs }: MembershipOptions): Step[] {
  if (places.length === 0) return []
  const mark = markNamespacesStep(scene, { catalog, namespaces: places.map(({ namespace }) => namespace), wish })
  const rolls = places.map(({ name, expected, applications }) =>
    rollNamespaceStep(scene, { catalog, namespace: name, expected, applications, timeoutMs }),
  )
  return [mark, ...(restart ? rolls : [])]
}
