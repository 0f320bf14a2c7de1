import { describe, expect, it } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { restorableYaml } from '../../adapters/runtime/restorable-yaml.js'

const live = {
  apiVersion: 'example.com/v1',
  kind: 'Widget',
  metadata: {
    ...{ name: 'one', namespace: 'shop', uid: 'u', resourceVersion: '7', generation: 2, creationTimestamp: '2026-11-25T00:00:00Z' },
    labels: { on: 'on' },
    annotations: { 'kubectl.kubernetes.io/last-applied-configuration': '{}' },
    finalizers: ['example.com/wait'],
    ownerReferences: [{ apiVersion: 'v1', kind: 'Owner', name: 'o', uid: 'gone' }],
    managedFields: [{ manager: 'kubectl' }],
  },
  spec: { mode: '0755', time: '1:30', yes: 'no', nothing: null, lines: 'a\nb\n' },
  status: { ready: true },
}

describe('An exported object', () => {
  it('is what people asked for, without what the server and controllers set', () => {
    const [document] = parseAllDocuments(restorableYaml(live), { version: '1.1' })
    const { apiVersion, kind, spec } = live
    const metadata = { name: 'one', namespace: 'shop', labels: { on: 'on' }, finalizers: ['example.com/wait'] }
    expect(document?.toJS()).toEqual({ apiVersion, kind, metadata, spec })
  })
})
