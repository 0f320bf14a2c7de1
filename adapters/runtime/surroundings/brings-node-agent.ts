import type { ComponentInstance } from '../components.js'
import { valueAt } from '../values-at-paths.js'

/** Whether a release puts a network plugin on the nodes; a chart of everything does so by one of its values. */
export function bringsNodeAgent({ component: { nodeAgent }, values }: Pick<ComponentInstance, 'component' | 'values'>): boolean {
  return typeof nodeAgent === 'boolean' ? nodeAgent : valueAt(values, nodeAgent) === true
}
