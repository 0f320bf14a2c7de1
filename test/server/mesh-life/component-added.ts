import { expect, it } from 'vitest'
import type { MeshLife } from './mesh-life.js'

export function componentAdded({ from, added, plan, run, installed, helmList, valuesOf, releases }: MeshLife): void {
  if (added === undefined) return

  it('adds a component later, which leaves the values of the others', async () => {
    const before = await valuesOf(added.release)
    expect(before).toEqual(added.values)
    const made = await plan({ action: 'install', version: from, components: added.components })
    expect(made.findings.find(({ code }) => code === 'values-kept')?.message).toContain(added.release)
    await run(made)
    expect(await valuesOf(added.release)).toEqual(before)
    expect(await helmList()).toEqual(releases(from).sort())
    await installed(({ components }) => ['node', 'add-on'].every((role) => components.some((part) => part.role === role)))
  })
}
