import type { ComponentInstance } from '../components.js'

/** Whether a release puts a network plugin on the nodes; a chart of everything does so by one of its values. */
export function bringsNodeAgent({ component: { nodeAgent }, values }: Pick<ComponentInstance, 'component' | 'values'>): boolean {
  return typeof nodeAgent === 'boolean' ? nodeAgent : valueAt(values, nodeAgent) === true
}

/** The value at a dotted path. */
export function valueAt(values: unknown, path: string): unknown {
  return path.split('.').reduce<unknown>((inner, key) => new Map(Object.entries(inner ?? {})).get(key), values)
}
