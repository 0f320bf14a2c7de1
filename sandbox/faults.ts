import type { FaultRule, FaultScript } from '../contract/sandbox.js'

export type FaultVerb = NonNullable<FaultRule['verbs']>[number]

/** The faults that a script asks for, one request after the other. */
export interface FaultInjector {
  readonly script: FaultScript | undefined
  set(script: FaultScript | undefined): void
  /** The rule that acts on this request, if one does. `resource` is a plural, empty for requests about the API itself. */
  next(request: { verb: FaultVerb; resource: string }): FaultRule | undefined
}

export function createFaultInjector(): FaultInjector {
  let script: FaultScript | undefined
  let random = seededRandom(0)
  let used = new Map<FaultRule, number>()
  return {
    get script() {
      return script
    },
    set(next) {
      script = next
      random = seededRandom(next?.seed ?? 0)
      used = new Map()
    },
    next({ verb, resource }) {
      return script?.rules.find((rule) => {
        if (rule.verbs && !rule.verbs.includes(verb)) return false
        if (rule.resource !== undefined && rule.resource !== resource) return false
        const times = used.get(rule) ?? 0
        if (rule.times !== undefined && times >= rule.times) return false
        // A draw for each rule that fits, so that the same requests meet the same faults.
        if (random() >= (rule.probability ?? 1)) return false
        used.set(rule, times + 1)
        return true
      })
    },
  }
}

/** Numbers from 0 to below 1, the same ones for the same seed (mulberry32). */
function seededRandom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}
