import { describe, expect, it } from 'vitest'
import type { AdmissionWebhook } from '../../adapters/runtime/admission/admission-webhooks.js'
import { foreignWebhook, takenClasses } from '../../adapters/runtime/checks/beside-others.js'
import { hasNodeAgent } from '../../adapters/runtime/surroundings/node-agents.js'
import { Severity } from '../../proto/gen/meshwright/adapter/v1/adapter.js'

const istio = { mesh: 'istio', title: 'Istio', names: /^istio(-|$)/ }

describe('Two meshes side by side', () => {
  const gatewayClass = (name: string, controllerName: string) => ({
    ...{ apiVersion: 'gateway.networking.k8s.io/v1', kind: 'GatewayClass', metadata: { name } },
    spec: { controllerName },
  })

  it('share no class of gateways: one that another controller answers for is named', () => {
    const classes = [
      gatewayClass('istio', 'consul.hashicorp.com/gateway-controller'),
      gatewayClass('istio-waypoint', 'istio.io/mesh-controller'),
      gatewayClass('istio-own', 'example.com/controller'),
      gatewayClass('consul', 'consul.hashicorp.com/gateway-controller'),
    ]
    expect(takenClasses(classes, istio)).toMatchObject([
      {
        code: 'gateway-class-taken',
        severity: Severity.SEVERITY_WARNING,
        message: 'GatewayClass istio is called as a class of Istio, and Consul answers for it.',
      },
    ])
  })

  it('are told of a plugin on the nodes only where both have one', () => {
    const set = (labels: Record<string, string>) => ({ apiVersion: 'apps/v1', kind: 'DaemonSet', metadata: { name: 'a', labels } })
    expect(hasNodeAgent([set({ app: 'kuma-cni' })], 'istio')).toBe(false)
    expect(hasNodeAgent([set({ app: 'kuma-cni' }), set({ 'k8s-app': 'istio-cni-node' })], 'istio')).toBe(true)
  })

  const webhook = (name: string, matchConditions: unknown[] = []): AdmissionWebhook => ({
    ...{ name: 'inject.test', failurePolicy: 'Fail', matchPolicy: 'Equivalent', timeoutSeconds: 10, matchConditions, rules: [] },
    ...{ clientConfig: { caBundle: '' }, configuration: { apiVersion: 'v1', kind: 'MutatingWebhookConfiguration', metadata: { name } } },
  })

  it('wait for each other at the API server: an error when the other is away, worth knowing when it answers', () => {
    const consul = [webhook('consul-consul-connect-injector')]
    const said = (away: string | undefined) => foreignWebhook(consul, { ...istio, away }).map(({ code, severity }) => [code, severity])
    expect(said('Take it away.')).toEqual([['foreign-webhook-unanswered', Severity.SEVERITY_ERROR]])
    expect(said(undefined)).toEqual([['foreign-webhook', Severity.SEVERITY_INFO]])
    expect(foreignWebhook([webhook('istio-sidecar-injector')], { ...istio, away: 'Take it away.' })).toEqual([])
  })

  it('only may wait where match conditions decide, which nobody looked at', () => {
    const conditional = [webhook('consul-connect-injector', [{ name: 'a', expression: 'false' }])]
    expect(foreignWebhook(conditional, { ...istio, away: 'Take it away.' })).toMatchObject([
      { severity: Severity.SEVERITY_WARNING, message: expect.stringContaining('Consul may keep new pods of Istio') },
    ])
  })

  it('are not taken for each other by a part of a name', () => {
    expect(foreignWebhook([webhook('consulting-policy')], { ...istio, away: 'Take it away.' })).toEqual([])
  })
})
