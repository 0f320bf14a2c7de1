import { warningFinding } from '../plan-findings.js'
import { someNames } from '../some-names.js'
import type { Check } from './check.js'
import type { Sidecar } from './read-sidecars.js'

/** The sidecar of each running pod is ready: one that is not lets no traffic through. */
export const sidecarsReady: Check = {
  code: 'sidecars-ready',
  holds: 'The sidecar of every running pod is ready.',
  question: 'the sidecars of pods are ready',
  find: async (scene) => {
    const waiting = (await scene.sidecars()).filter(({ ready }) => !ready)
    if (waiting.length === 0) return []
    return [
      warningFinding({
        code: 'sidecar-not-ready',
        message: `${waiting.length} ${waiting.length === 1 ? 'sidecar is' : 'sidecars are'} not ready: ${namesOf(waiting)}.`,
        cause: 'A sidecar gets ready when the control plane has sent it its configuration and a certificate.',
        remedy: 'Look at the log of the sidecar in one of these pods.',
      }),
    ]
  },
}

/** A few pods by name, and how many more there are. */
export function namesOf(sidecars: readonly Sidecar[]): string {
  return someNames(sidecars.map(({ namespace, pod }) => `${namespace}/${pod}`))
}
