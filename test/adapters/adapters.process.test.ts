import { adapterContract, callOf } from './adapter-contract.js'

adapterContract({
  mesh: 'kubernetes',
  actions: ['apply-manifests', 'delete-manifests', 'restart-workloads'],
  wrongCall: {
    call: callOf('apply-manifests', { parameters: { params: { manifests: 'a: 1', speed: 'high' } } }),
    named: /\/params must NOT have additional properties \(speed\)/,
  },
  rightCall: callOf('apply-manifests', { parameters: { params: { manifests: 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}' } } }),
})

adapterContract({
  mesh: 'gateway-api',
  folder: 'kubernetes/gateway-api',
  actions: ['install', 'upgrade', 'uninstall'],
  wrongCall: {
    call: callOf('install', { version: '1.6.1', parameters: { params: { channel: 'experimental' } } }),
    named: /\/params must NOT have additional properties \(channel\)/,
  },
  rightCall: callOf('install', { version: '1.6.1' }),
})

adapterContract({
  mesh: 'istio',
  actions: ['install', 'upgrade', 'uninstall', 'join', 'leave'],
  wrongCall: {
    call: callOf('install', { version: '1.30.3', parameters: { components: { envoy: {} } } }),
    named: /\/components must NOT have additional properties \(envoy\)/,
  },
  rightCall: callOf('install', { version: '1.30.3' }),
})
