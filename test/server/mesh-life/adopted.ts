import { join } from 'node:path'
import { expect, it } from 'vitest'
import type { PlannedObject, PlannedObjectDiff } from '../../../contract/plan.js'
import { findShared } from '../../support/missing-tool.js'
import type { Items, MeshLife } from './mesh-life.js'

export function adopted(life: MeshLife): void {
  const { namespace, from, to, loose, plan, run, installed, helmList, releases, expected } = life
  if (loose === undefined) return
  const { release, chart, components } = loose

  it('adopts what kubectl applied of `helm template`, and upgrades it then', async () => {
    const { kwok, server } = life
    const file = join(findShared() ?? '', 'charts', chart)
    const text = await kwok.helm(['template', release, file, `--namespace=${namespace}`, '--include-crds', '--no-hooks'])
    const place = JSON.stringify({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } })
    await kwok.kubectl(['apply', '--filename=-'], { input: place })
    await kwok.kubectl(['apply', '--filename=-', `--namespace=${namespace}`], { input: text })
    const [found] = await installed(({ installer, health }) => installer === 'kubectl' && health === 'healthy')
    expect(found).toMatchObject({ namespace, managed: false, version: expected(from), confidence: 'high' })
    const refused = await plan({ action: 'upgrade', namespace, version: to })
    expect(refused.state).toBe('refused')
    expect(refused.findings.find(({ code }) => code === 'installer-not-ours')?.remedy).toMatch(
      /Adopt it first, or change it there: the manif/,
    )
    const made = await plan({ action: 'adopt', namespace, components })
    expect(made.confirmations).toMatchObject([{ code: 'take-over' }])
    const [, taken, changed] = /^(\d+) objects .* Content changes in (\d+) object/.exec(made.confirmations[0]?.text ?? '') ?? []
    const { items } = await server.get<Items<PlannedObject>>(`/api/v1/plans/${made.id}/objects?limit=500`)
    expect(items.filter(({ verdict }) => verdict === 'refused')).toEqual([])
    const updated = items.filter(({ change }) => change === 'update')
    const diffs = await Promise.all(updated.map(({ n }) => server.get<PlannedObjectDiff>(`/api/v1/plans/${made.id}/objects/${n}`)))
    const marked = diffs.filter(({ diff }) => diff.includes(`+    meta.helm.sh/release-name: ${release}`))
    expect(marked.length).toBeGreaterThan(10)
    expect([Number(taken), Number(changed)]).toEqual([marked.length, 1])
    expect(marked.filter(({ diff }) => /^\+ +replicas: 3$/m.test(diff)).map(({ object }) => object.kind)).toEqual(['Deployment'])
    await run(made)
    expect(await helmList()).toEqual(releases(from))
    await installed(({ installer, managed }) => installer === 'meshwright' && managed)
    await run(await plan({ action: 'upgrade', namespace, version: to }))
    expect(await helmList()).toEqual(releases(to))
  })
}
