import type { KubeObject } from '../../kube/kube-object.js'
import { keyOf } from './judge-object.js'
import type { Scene, Step } from './mesh-adapter.js'
import { waitReady } from './wait-ready.js'
import { readinessOf } from './workload-readiness.js'

/** What to wait for, and how long. */
export interface WaitStepOptions {
  key: string
  title: string
  component: string
  objects: readonly KubeObject[]
  timeoutMs: number
}

/** Waits until objects that earlier steps made are ready; changes nothing itself. */
export function waitStep({ session }: Scene, options: WaitStepOptions): Step {
  const { objects, timeoutMs } = options
  return {
    ...options,
    kind: 'wait',
    equivalent: '',
    preview: async () => ({ hooks: [], objects: [], findings: [], facts: [] }),
    run: (context) => waitReady(session, objects, { context, timeoutMs }),
    inspect: async () => {
      const found = await Promise.all(objects.map((object) => session.get(keyOf(object))))
      const ready = found.filter((object) => object !== undefined && readinessOf(object).ready).length
      const there = found.filter((object) => object !== undefined).length
      const state = ready === objects.length ? 'done' : there === 0 ? 'untouched' : 'partial'
      return { state, detail: `${ready} of ${objects.length} ready` }
    },
  }
}
