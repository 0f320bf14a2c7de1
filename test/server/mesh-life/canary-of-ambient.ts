import { expect, it } from 'vitest'
import type { MeshLife } from './mesh-life.js'

/** A second control plane comes and goes; what serves whole nodes has no second one, and must not be left to a control plane that goes. */
export function canaryOfAmbient({ namespace, to, canary, plan, run, helmList, releases }: MeshLife): void {
  if (canary === undefined) return

  it('says what has no canary, and plans to connect it to the successor before the old control plane goes', async () => {
    const made = await plan({ action: 'canary', namespace, version: to, params: { newRevision: 'blue' } })
    const without = made.findings.flatMap(({ code, message }) => (code === 'no-canary' ? [message] : []))
    expect(without).toEqual(canary.without.map((text) => expect.stringContaining(text)))
    await run(made)
    const retirement = await plan({ action: 'retire', namespace })
    expect(retirement.state, JSON.stringify(retirement.findings)).toBe('ready')
    expect(retirement.steps.map(({ title }) => title)).toEqual(canary.retirement)
    await run(await plan({ action: 'uninstall', namespace, revision: 'blue' }))
    expect(await helmList()).toEqual(releases(to).sort())
  })
}
