import { describe, expect, it } from 'vitest'
import { hideRegenerated, maskDifferences, maskObject } from '../../adapters/runtime/mask-object.js'
import type { KubeObject } from '../../kube/kube-object.js'

const secret: KubeObject = {
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name: 'a', uid: 'u', resourceVersion: '1', managedFields: [], labels: { app: 'x' } },
  data: { password: 'aHVudGVyMg==' },
  stringData: { token: 'hunter2' },
}

describe('What a diff shows', () => {
  it('holds no value of a Secret, and says that there is one', () => {
    const shown = maskObject(secret)
    expect(JSON.stringify(shown)).not.toMatch(/aHVudGVyMg|hunter2/)
    expect(shown).toMatchObject({ data: { password: '(secret)' }, stringData: { token: '(secret)' } })
  })

  it('holds none in what kubectl keeps of its last apply either', () => {
    const annotations = { 'kubectl.kubernetes.io/last-applied-configuration': JSON.stringify({ data: secret.data }), note: 'stays' }
    const shown = maskObject({ ...secret, metadata: { ...secret.metadata, annotations } })
    expect(JSON.stringify(shown)).not.toMatch(/aHVudGVyMg/)
    expect(shown.metadata.annotations).toEqual({ note: 'stays' })
  })

  it("leaves out status and the API server's bookkeeping", () => {
    expect(maskObject({ ...secret, status: { phase: 'x' } })).toEqual({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'a', labels: { app: 'x' } },
      data: { password: '(secret)' },
      stringData: { token: '(secret)' },
    })
  })

  it('replaces CA bundles, certificates and checksums by a fixed text', () => {
    const shown = maskObject({
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'MutatingWebhookConfiguration',
      metadata: { name: 'w', annotations: { 'checksum/config': 'abc', note: 'stays' } },
      webhooks: [{ clientConfig: { caBundle: 'LS0t' } }],
      pem: '-----BEGIN CERTIFICATE-----\nMII',
    })
    expect(shown).toMatchObject({
      metadata: { annotations: { 'checksum/config': '(regenerated each time)', note: 'stays' } },
      webhooks: [{ clientConfig: { caBundle: '(regenerated each time)' } }],
      pem: '(regenerated each time)',
    })
  })

  it('finds by two renders what is made anew each time, and hides it in the live object too', () => {
    const render = (random: string): KubeObject => ({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'a' },
      data: { id: random, fixed: 'f' },
    })
    const shown = maskDifferences(render('one'), render('two')) as KubeObject
    expect(shown).toMatchObject({ data: { id: '(regenerated each time)', fixed: 'f' } })
    const live = { ...render('older'), extra: 1 }
    expect(hideRegenerated(live, render('one'), shown)).toMatchObject({ data: { id: '(regenerated each time)', fixed: 'f' }, extra: 1 })
  })
})
