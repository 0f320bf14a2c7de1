const includes = {
  /** A control plane without a node. */
  api: [],
  /** Pods that only look as if they ran. */
  kwok: ['api'],
  /** Pods that run. */
  node: ['api'],
  /** A stock Envoy, the proxy of every mesh here. */
  envoy: ['node'],
  istio: ['envoy'],
  osm: ['envoy'],
  kuma: ['envoy'],
  helm3: ['kwok'],
  istioctl: ['kwok'],
  all: ['kwok', 'istio', 'osm', 'kuma', 'helm3', 'istioctl'],
} as const

/** What a test needs of the machine. Each includes others: a mesh needs an Envoy, that needs a node, and so on. */
export type Level = keyof typeof includes

export const levels = Object.keys(includes) as Level[]

/** True when work at `wanted` needs what belongs to `needed`. */
export function includesLevel(wanted: Level, needed: Level): boolean {
  return wanted === needed || includes[wanted].some((base) => includesLevel(base, needed))
}
