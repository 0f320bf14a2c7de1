import { describe, expect, it } from 'vitest'
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

  it('wait for each other at the API server: an error when the other is away, worth knowing when it answers', () => {
    const webhook = (name: string) => ({
      ...{ name: 'inject.test', failurePolicy: 'Fail', matchPolicy: 'Equivalent', timeoutSeconds: 10, matchConditions: [], rules: [] },
      ...{ clientConfig: {}, configuration: { apiVersion: 'v1', kind: 'MutatingWebhookConfiguration', metadata: { name } } },
    })
    const consul = [webhook('consul-consul-connect-injector')]
    const said = (isSilent: boolean) => foreignWebhook(consul, { ...istio, isSilent }).map(({ code, severity }) => [code, severity])
    expect(said(true)).toEqual([['foreign-webhook-unanswered', Severity.SEVERITY_ERROR]])
    expect(said(false)).toEqual([['foreign-webhook', Severity.SEVERITY_INFO]])
    expect(foreignWebhook([webhook('istio-sidecar-injector')], { ...istio, isSilent: true })).toEqual([])
  })
})
