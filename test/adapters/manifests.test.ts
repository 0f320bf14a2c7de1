import { describe, expect, it } from 'vitest'
import { readManifests, sortForApply, sortForDelete } from '../../adapters/runtime/manifests.js'

const object = (kind: string, name = 'a') => `apiVersion: v1\nkind: ${kind}\nmetadata: {name: ${name}}\n`

describe('Manifests are read as kubectl reads them', () => {
  it('takes documents and lists apart, and passes over empty ones', () => {
    const text = `${object('Pod')}---\n# only a comment\n---\napiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: Secret, metadata: {name: b}}\n`
    expect(readManifests(text).map(({ kind, metadata }) => `${kind}/${metadata.name}`)).toEqual(['Pod/a', 'Secret/b'])
  })

  it.each([
    ['text that is no YAML', 'a: [', /document 1/],
    ['a key that stands twice', 'apiVersion: v1\napiVersion: v2\nkind: Pod\nmetadata: {name: a}', /document 1/],
    ['a document without a kind', `${object('Pod')}---\napiVersion: v1\nmetadata: {name: a}`, /document 2/],
    ['an object without a name', 'apiVersion: v1\nkind: Pod\nmetadata: {generateName: a-}', /document 1/],
    ['a list instead of an object', '- a\n- b', /document 1/],
  ])('refuses %s and says where', (_what, text, where) => {
    expect(() => readManifests(text)).toThrow(where)
  })

  it('refuses text whose aliases grow without end', () => {
    const bomb = `a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: [*c,*c,*c,*c,*c,*c,*c,*c,*c]\n${object('Pod')}`
    expect(() => readManifests(bomb)).toThrow()
  })

  it('applies namespaces and definitions first and webhooks last, and deletes the other way round', () => {
    const kinds = ['ValidatingWebhookConfiguration', 'Deployment', 'VirtualService', 'ConfigMap', 'CustomResourceDefinition', 'Namespace']
    const objects = readManifests(kinds.map((kind) => object(kind)).join('---\n'))
    const order = ['Namespace', 'CustomResourceDefinition', 'ConfigMap', 'VirtualService', 'Deployment', 'ValidatingWebhookConfiguration']
    expect(sortForApply(objects).map(({ kind }) => kind)).toEqual(order)
    expect(sortForDelete(objects).map(({ kind }) => kind)).toEqual(order.reverse())
  })
})
