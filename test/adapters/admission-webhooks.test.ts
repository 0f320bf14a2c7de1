import { describe, expect, it } from 'vitest'
import { type AdmissionRequest, type AdmissionWebhook, meetsRequest } from '../../adapters/runtime/admission/admission-webhooks.js'

const rule = { operations: ['CREATE'], apiGroups: ['apps'], apiVersions: ['v1'], resources: ['deployments'], scope: '*' }
const webhook = (more: Partial<AdmissionWebhook> = {}): AdmissionWebhook => ({
  ...{ name: 'a.test', failurePolicy: 'Fail', matchPolicy: 'Equivalent', timeoutSeconds: 10, matchConditions: [], rules: [rule] },
  ...{
    clientConfig: { caBundle: '' },
    configuration: { apiVersion: 'v1', kind: 'ValidatingWebhookConfiguration', metadata: { name: 'a' } },
  },
  ...more,
})
const deployments = { group: 'apps', version: 'v1', plural: 'deployments', namespaced: true }
const request = (more: Partial<AdmissionRequest> = {}): AdmissionRequest => ({
  ...{ operation: 'CREATE', resource: deployments, labels: () => ({ app: 'web' }), namespaceLabels: { team: 'shop' } },
  ...more,
})

describe('A webhook is asked', () => {
  it.each([
    ['by its rule', {}, {}, true],
    ['for no other operation', {}, { operation: 'DELETE' as const }, false],
    ['for no other group', { rules: [{ ...rule, apiGroups: [''] }] }, {}, false],
    ['for every group by a star', { rules: [{ ...rule, apiGroups: ['*'], resources: ['*/*'], operations: ['*'] }] }, {}, true],
    ['for the resource itself by all that hangs below it', { rules: [{ ...rule, resources: ['deployments/*'] }] }, {}, true],
    ['for a subresource only when it names one', { rules: [{ ...rule, resources: ['deployments/scale'] }] }, {}, false],
    ['for an equivalent version', { rules: [{ ...rule, apiVersions: ['v1beta1'] }] }, {}, true],
    ['for one version when it says so', { matchPolicy: 'Exact', rules: [{ ...rule, apiVersions: ['v1beta1'] }] }, {}, false],
    ['for objects in namespaces only, by its scope', { rules: [{ ...rule, scope: 'Cluster' }] }, {}, false],
    ['by the labels of the namespace', { namespaceSelector: { matchLabels: { team: 'other' } } }, {}, false],
    ['by the labels of the object', { objectSelector: { matchLabels: { app: 'other' } } }, {}, false],
    [
      'whatever it selects, where there is no namespace',
      { namespaceSelector: { matchLabels: { team: 'other' } } },
      { namespaceLabels: undefined },
      true,
    ],
  ])('%s', (_title, given, asked, expected) => {
    expect(meetsRequest(webhook(given), request(asked))).toBe(expected)
  })

  it('about no webhook: a broken one can always be taken away', () => {
    const rules = [{ ...rule, operations: ['*'], apiGroups: ['*'], resources: ['*'] }]
    const resource = { group: 'admissionregistration.k8s.io', version: 'v1', plural: 'validatingwebhookconfigurations', namespaced: false }
    expect(meetsRequest(webhook({ rules }), request({ operation: 'DELETE', resource, namespaceLabels: undefined }))).toBe(false)
  })

  it('without a look into the object unless it selects by it', () => {
    const labels = () => {
      throw new Error('read')
    }
    expect(meetsRequest(webhook({ objectSelector: {} }), request({ labels }))).toBe(true)
    expect(() => meetsRequest(webhook({ objectSelector: { matchLabels: { app: 'a' } } }), request({ labels }))).toThrow('read')
  })
})
