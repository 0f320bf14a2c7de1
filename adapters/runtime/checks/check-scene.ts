import type { CheckScene } from './check.js'
import { readSidecars, type Sidecar } from './read-sidecars.js'

/** What the checks of one installation are made with; `now` is the moment at which it is made. */
export function openCheckScene(parts: Omit<CheckScene, 'now' | 'sidecars'>): CheckScene {
  let sidecars: Promise<Sidecar[]> | undefined
  return {
    ...parts,
    now: new Date(),
    sidecars: () => {
      sidecars ??= readSidecars(parts)
      return sidecars
    },
  }
}
