import { describe, expect, it } from 'vitest'
import { editFor, editManifests, editObject } from '../../adapters/runtime/field-conflicts/field-edits.js'
import { fieldText, generalised } from '../../adapters/runtime/field-conflicts/field-path.js'
import { type PolicyRow, policyOf, rowFor } from '../../adapters/runtime/field-conflicts/field-policy.js'
import { ownedFields, withoutField } from '../../adapters/runtime/field-conflicts/owned-fields.js'
import type { KubeObject, OwnedFields } from '../../kube/kube-object.js'

const yields: PolicyRow = { kind: 'Hook', field: 'webhooks[].selector', manager: 'platform-.*', outcome: 'yield', reason: 'It is so.' }

function hook(manager: string, owned: OwnedFields, webhooks: object[] = []): KubeObject {
  return { apiVersion: 'x/v1', kind: 'Hook', metadata: { name: 'web', managedFields: [{ manager, fieldsV1: owned }] }, webhooks }
}

const item = (name: string) => `k:{"name":"${name}"}`

describe('Fields that others own', () => {
  const claims = {
    'f:webhooks': { [item('a')]: { '.': {}, 'f:name': {}, 'f:selector': {} }, [item('b')]: { 'f:selector': { 'f:x': {} } } },
  }

  it('are those of managers whose whole name fits, item by item of a list', () => {
    expect(ownedFields(hook('platform-7', claims), [yields]).map(({ path }) => path)).toEqual([
      ['webhooks', { name: 'a' }, 'selector'],
      ['webhooks', { name: 'b' }, 'selector'],
    ])
    expect(ownedFields(hook('a-platform-7', claims), [yields])).toEqual([])
    expect(ownedFields(hook('platform-7', { 'f:webhooks': { [item('a')]: { 'f:name': {} } } }), [yields])).toEqual([])
  })

  it('lose one field and keep the others; what is empty then goes', () => {
    expect(withoutField(claims, ['webhooks', { name: 'a' }, 'selector'])).toEqual({
      'f:webhooks': { [item('a')]: { '.': {}, 'f:name': {} }, [item('b')]: { 'f:selector': { 'f:x': {} } } },
    })
    expect(withoutField({ 'f:spec': { 'f:replicas': {} } }, ['spec', 'replicas'])).toEqual({})
  })

  it('are decided by the first row, a catalogue before what holds for all; unknown ones by none', () => {
    const own: PolicyRow = { ...yields, kind: 'Deployment', field: 'spec.replicas', manager: 'kube-.*', outcome: 'stop' }
    const about = { kind: 'Deployment', field: 'spec.replicas', manager: 'kube-controller-manager' }
    expect(rowFor(policyOf({ fieldConflicts: [own] }), about)).toBe(own)
    expect(rowFor(policyOf({ fieldConflicts: [] }), about)).toMatchObject({ outcome: 'yield', when: 'autoscaled' })
    expect(rowFor(policyOf({ fieldConflicts: [] }), { ...about, manager: 'kubectl' })).toBeUndefined()
    expect(rowFor([yields], { kind: 'Hook', field: 'webhooks[].selectors', manager: 'platform-7' })).toBeUndefined()
    expect(fieldText(['webhooks', { name: 'a.b', id: 1 }, 'selector'])).toBe('.webhooks[id=1,name="a.b"].selector')
    expect(generalised('.webhooks[name="a.example.com"].selector')).toBe('webhooks[].selector')
  })
})

describe('A manifest whose fields are left to others', () => {
  const text = `kind: Hook
metadata:
  name: web
webhooks:
  - name: b
    selector: {on: "yes"} # theirs
  - name: a
    selector: {x: 1}
---
# stays   as it is
kind: Hook
metadata: {name: web, namespace: elsewhere}
webhooks: [{name: b, selector: 0755}]
---
kind: Other
metadata: {name: web}
`
  const owned = { row: yields, manager: 'platform-7', path: ['webhooks', { name: 'b' }, 'selector'] }
  const meant = { ...hook('x', {}), metadata: { name: 'web', namespace: 'shop' } }

  it('lacks them, and only where they are meant', () => {
    const edited = editManifests(text, { namespace: 'shop', edits: editFor(meant, owned) })
    expect(edited.slice(edited.indexOf('---'))).toBe(text.slice(text.indexOf('---')))
    expect(edited.slice(0, edited.indexOf('---')).trim()).toBe(
      'kind: Hook\nmetadata:\n  name: web\nwebhooks:\n  - name: b\n  - name: a\n    selector: { x: 1 }',
    )
    expect(editManifests(text, { namespace: 'other', edits: editFor(meant, owned) })).toBe(text)
  })

  it('has the value that a row sets instead; a row without one, or that stops, changes nothing', () => {
    const set = editFor(meant, { ...owned, row: { ...yields, outcome: 'set', value: { y: '2' } } })
    const object = hook('x', {}, [{ name: 'b', selector: { x: '1' } }, { name: 'a' }])
    expect(editObject(object, { namespace: 'shop', edits: set })).toEqual({
      ...object,
      webhooks: [{ name: 'b', selector: { y: '2' } }, { name: 'a' }],
    })
    for (const outcome of ['set', 'stop'] as const) expect(editFor(meant, { ...owned, row: { ...yields, outcome } })).toEqual([])
    expect(editObject(hook('x', {}, [{ name: 'a' }]), { namespace: 'shop', edits: set })).toEqual(hook('x', {}, [{ name: 'a' }]))
  })
})
