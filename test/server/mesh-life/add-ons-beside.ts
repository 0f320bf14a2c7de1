import { expect, it } from 'vitest'
import type { OperationObjects } from '../../../contract/operation.js'
import { keyOf, leftSince } from '../../support/leftover-truth.js'
import { listEverything } from '../../support/list-everything.js'
import { waitFor } from '../../support/running-server.js'
import type { MeshLife } from './mesh-life.js'

export function addOnsBeside(life: MeshLife): void {
  const { namespace, addOns, plan, run, installed } = life
  if (addOns === undefined) return

  it('puts add-ons beside it, which are found in their own versions and go without a trace', async () => {
    const { kwok, server } = life
    const request = { namespace, params: { addOns: Object.keys(addOns) } }
    const theirs = ['deployment', 'grafana', `--namespace=${namespace}`]
    await kwok.kubectl(['create', ...theirs, '--image=grafana:11', '--replicas=0'])
    const refused = await plan({ action: 'install-add-on', ...request })
    expect(refused.findings.filter(({ severity }) => severity === 'error')).toMatchObject([
      { code: 'add-on-foreign', message: `Deployment ${namespace}/grafana is there already and belongs to kubectl.` },
    ])
    await kwok.kubectl(['delete', ...theirs, '--wait'])

    const alone = await listEverything(kwok)
    const install = await run(await plan({ action: 'install-add-on', ...request }))
    const [found] = await installed(
      ({ components }) => components.filter(({ role }) => role === 'add-on').length === Object.keys(addOns).length,
    )
    const parts = found?.components.filter(({ role }) => role === 'add-on') ?? []
    expect(Object.fromEntries(parts.map(({ component, version }) => [component, version]))).toEqual(addOns)
    const appeared = leftSince(alone, await listEverything(kwok))
    expect(appeared).toEqual(expect.arrayContaining(parts.map(({ pod }) => `Pod ${namespace}/${pod}`)))
    const { observed } = await server.get<OperationObjects>(`/api/v1/operations/${install.id}/objects`)
    expect(observed.flatMap(({ change, object }) => (change === 'appeared' ? [keyOf(object)] : [])).sort()).toEqual(appeared)

    const removal = await plan({ action: 'remove-add-on', ...request })
    expect(removal.confirmations.map(({ code }) => code)).toEqual(['add-on-data-lost'])
    await run(removal)
    const after = await waitFor(
      () => listEverything(kwok),
      (all) => !parts.some(({ pod }) => all.some(({ kind, name }) => kind === 'Pod' && name === pod)),
      60_000,
    )
    expect(leftSince(alone, after)).toEqual([])
    // Once more: these are there when the mesh is upgraded, and go with it.
    await run(await plan({ action: 'install-add-on', ...request }))
  })
}
