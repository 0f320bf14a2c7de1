import type { Plan } from '../contract/plan.js'

/** Whether a plan would change anything: an object, or the values of a release. A release that nobody can look into counts. */
export function changesAnything({ changes, steps }: Plan): boolean {
  const { create, update, delete: removed } = changes
  return create + update + removed > 0 || steps.some(({ release }) => release !== undefined && release.valuesDiff !== '')
}
