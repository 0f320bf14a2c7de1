import { expect, it } from 'vitest'
import type { Operation, OperationObjects } from '../../../contract/operation.js'
import type { PlannedObject } from '../../../contract/plan.js'
import type { KubeObject } from '../../../kube/kube-object.js'
import { keyOf, leftSince } from '../../support/leftover-truth.js'
import { listEverything } from '../../support/list-everything.js'
import { waitFor } from '../../support/running-server.js'
import { expectFetchedOnce } from '../expect-fetched-once.js'
import { addOnsBeside } from './add-ons-beside.js'
import { adopted } from './adopted.js'
import { canaryOfAmbient } from './canary-of-ambient.js'
import { componentAdded } from './component-added.js'
import { expectRotatedAnchor } from './expect-rotated-anchor.js'
import { finalizersTaken } from './finalizers-taken.js'
import { beginMeshLife, type Items } from './mesh-life.js'
import type { Lifecycle } from './mesh-lifecycles.js'
import { ownFields } from './own-fields.js'
import { ownObjectsRestored, readOwnObjects } from './own-objects.js'
import { upgradedByHand } from './upgraded-by-hand.js'

// Real charts and the real helm on a real API server whose pods only look as if they ran: mechanics of helm and of reading
// states, not behaviour of a mesh. What differs from what users run stands beside each mesh in mesh-lifecycles.ts.

/** The whole life of a mesh, to be called in a `describe`. Each mesh has a file of its own, so that they live at the same time. */
export function livesThroughUs(lifecycle: Lifecycle): void {
  const life = beginMeshLife(lifecycle)
  const { plan, run, installed, helmList, valuesOf, ownDefinitions } = life
  const { mesh, namespace, from, to, added, changed, others, own, owned, definitions, secretFile, handed, releases, expected } = lifecycle
  const target = { namespace }
  const othersKeys = (others?.objects ?? []).map(({ kind, metadata }) => `${kind} ${metadata.namespace}/${metadata.name}`)
  const uidsOfOthers = async () =>
    (await listEverything(life.kwok)).flatMap((object) => (othersKeys.includes(keyOf(object)) ? [`${keyOf(object)} ${object.uid}`] : []))
  const byHand = upgradedByHand(life)
  let uninstall: Operation
  let written: object[]

  it('plans the old version without changing anything, and installs it', async () => {
    const made = await plan({ action: 'install', version: from, components: lifecycle.components, params: lifecycle.params ?? {} })
    expect(await listEverything(life.kwok)).toEqual(life.before)
    expect(made.steps.flatMap(({ hooks }) => hooks)).toEqual(expect.arrayContaining([...lifecycle.hooks]))
    const install = await run(made)
    const late = Object.keys(added?.components ?? {}).map((name) => `${mesh}-${name} `)
    const first = releases(from).filter((row) => !late.some((name) => row.startsWith(name)))
    expect(await helmList()).toEqual(first.sort())
    if (secretFile) {
      const anchor = await expectFetchedOnce(life.server, install.id, secretFile)
      await run(await plan({ action: 'renew-issuer', ...target, params: { anchor } }))
    }
    expect(await ownDefinitions()).toHaveLength(definitions.from)
    const items = [...(others?.objects ?? []), ...(own?.objects ?? [])]
    const list = JSON.stringify({ apiVersion: 'v1', kind: 'List', items })
    if (items.length > 0) await life.kwok.kubectl(['apply', '--filename=-'], { input: list })
  })

  componentAdded(life)

  it('detects it as its own', async () => {
    const [found] = await installed(({ version }) => version === expected(from))
    expect(found).toMatchObject({ namespace, installer: 'meshwright', managed: true, version: expected(from) })
  })

  addOnsBeside(life)
  byHand.before()

  const fields = owned && (() => ownFields(life.kwok, namespace, owned))
  if (fields)
    it('stops at a field that nobody knows to be of others, names who owns it, and changes nothing', async () => {
      await fields().own()
      const agree = await fields().edit()
      const before = await helmList()
      const made = await plan({ action: 'upgrade', ...target, version: to, components: changed })
      expect(made.state).toBe('refused')
      expect(made.findings.filter(({ severity }) => severity === 'error')).toMatchObject([fields().stopped])
      expect(await helmList()).toEqual(before)
      await agree()
    })

  it('upgrades it from the values that it has, with the change of the call over them', async () => {
    const made = await plan({ action: 'upgrade', ...target, version: to, components: changed })
    if (fields) {
      expect(made.findings.filter(({ code }) => code.startsWith('field-'))).toMatchObject(fields().settled)
      const { items } = await life.server.get<Items<PlannedObject>>(`/api/v1/plans/${made.id}/objects?limit=500`)
      expect(items.flatMap(({ reason }) => (reason?.startsWith('spec.replicas') ? [reason] : []))).toEqual(fields().verdicts)
    }
    expect(made.steps.map(({ key }) => key)).toEqual(lifecycle.comes)
    const foreign = await uidsOfOthers()
    expect(foreign).toHaveLength(othersKeys.length)
    expect(made.confirmations.map(({ code, text }) => ({ code, text }))).toEqual(
      (lifecycle.asked ?? []).map(({ code, text }) => ({ code, text: expect.stringMatching(text) })),
    )
    await run(made)
    expect(await ownDefinitions()).toHaveLength(definitions.to)
    expect(await helmList()).toEqual(releases(to).sort())
    await fields?.().expectKept()
    if (others) {
      const text = await life.kwok.kubectl(['get', 'customresourcedefinitions', ...others.dropped, '--output=json'])
      const kept: KubeObject[] = JSON.parse(text).items
      expect(kept.map(({ metadata }) => metadata.annotations?.['helm.sh/resource-policy'])).toEqual(others.dropped.map(() => 'keep'))
      expect(await uidsOfOthers()).toEqual(foreign)
    }
    await installed(({ version }) => version === expected(to))
    for (const { release, namespace: place, values } of lifecycle.upgraded)
      if (release === handed?.release) expect(await valuesOf(release, place)).toMatchObject(values)
      else expect(await valuesOf(release, place)).toEqual(values)
  })

  byHand.after()

  if (lifecycle.rotates && secretFile)
    it('rotates what its proxies trust', async () => {
      const rotate = async () => run(await plan({ action: 'rotate-anchor', ...target }))
      await expectRotatedAnchor({ cluster: life.kwok, server: life.server, rotate, secretFile })
    })

  finalizersTaken(life)
  canaryOfAmbient(life)

  it('refuses to go back, and says how one can', async () => {
    const made = await plan({ action: 'upgrade', ...target, version: from })
    expect(made.state).toBe('refused')
    expect(made.findings.map(({ code }) => code)).toContain('downgrade')
  })

  it('uninstalls it, and names every leftover that a full listing finds', async () => {
    const { isRemoved = false } = definitions
    const made = await plan({ action: 'uninstall', ...target, params: isRemoved ? { definitions: 'remove' } : {} })
    expect(made.steps.map(({ key }) => key)).toEqual(lifecycle.goes)
    if (others) expect(made.findings.find(({ code }) => code === 'definitions-kept')?.message).toContain(others.kept)
    written = await readOwnObjects(life)
    uninstall = await run(made)
    expect(await helmList()).toEqual([])
    const ownLost = own ? [isRemoved ? 'definitions-lost' : 'custom-resources-lost'] : []
    expect(made.confirmations.map(({ code }) => code)).toEqual([...(lifecycle.addOns ? ['add-on-data-lost'] : []), ...ownLost])
    if (isRemoved) expect(made.confirmations.at(-1)?.text).toContain(`The ${definitions.to} definitions of `)
    const objects = await life.server.get<OperationObjects>(`/api/v1/operations/${uninstall.id}/objects`)
    const named = objects.observed.filter(({ change }) => change === 'left').map(({ object }) => keyOf(object))
    const after = await waitFor(
      () => listEverything(life.kwok),
      (all) => !all.some((object) => object.kind === 'Pod' && object.namespace === namespace),
      60_000,
    )
    // Other people's objects are there still, and are nobody's leftovers.
    const left = leftSince(life.before, after)
    expect(left).toEqual(expect.arrayContaining(othersKeys))
    expect(named.sort()).toEqual(left.filter((key) => !othersKeys.includes(key)))
    if (own) expect(await ownDefinitions()).toEqual([])
  })

  ownObjectsRestored(life, () => ({ uninstall, written }))
  adopted(life)
}
