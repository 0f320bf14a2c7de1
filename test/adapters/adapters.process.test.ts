import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { adapterContract, type ContractOptions, callOf } from './adapter-contract.js'
import { bundleTestAdapter } from './bundle-test-adapter.js'

const charted = [
  'install',
  'upgrade',
  'adopt',
  'uninstall',
  'join',
  'leave',
  'upgrade-data-plane',
  'install-sample',
  'remove-sample',
  'unlock-release',
  'roll-back',
  'remove-webhooks',
]

const products: ContractOptions[] = [
  {
    mesh: 'kubernetes',
    actions: ['apply-manifests', 'delete-manifests', 'restart-workloads', 'install-sample', 'remove-sample'],
    calls: {
      wrong: {
        call: callOf('apply-manifests', { parameters: { params: { manifests: 'a: 1', speed: 'high' } } }),
        named: /\/params must NOT have additional properties \(speed\)/,
      },
      right: callOf('apply-manifests', { parameters: { params: { manifests: 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}' } } }),
    },
  },
  {
    mesh: 'istio',
    actions: [...charted.slice(0, 2), 'canary', 'point-tag', 'retire', 'install-add-on', 'remove-add-on', ...charted.slice(2)],
    calls: {
      wrong: {
        call: callOf('install', { version: '1.30.3', parameters: { components: { envoy: {} } } }),
        named: /\/components must NOT have additional properties \(envoy\)/,
      },
      right: callOf('install', { version: '1.30.3' }),
    },
  },
  ...[
    { mesh: 'consul', version: '2.0.3', last: ['remove-finalizers'] },
    { mesh: 'kuma', version: '2.14.3' },
    { mesh: 'linkerd', version: '2026.8.3', own: ['renew-issuer', 'rotate-anchor'] },
  ].map(({ mesh, version, own = [], last = [] }) => ({
    mesh,
    actions: [...charted.slice(0, 4), ...own, ...charted.slice(4), ...last],
    calls: {
      wrong: { call: callOf('install', { version, parameters: { params: { speed: 'high' } } }), named: /\(speed\)/ },
      right: callOf('install', { version }),
    },
  })),
  { mesh: 'osm', actions: ['join', 'leave', 'install-sample', 'remove-sample'] },
]

for (const product of products) adapterContract(product)

adapterContract({
  mesh: 'example',
  build: () => bundleTestAdapter('example'),
  actions: ['install'],
  calls: {
    wrong: { call: callOf('install', { parameters: { params: { speed: 'high' } } }), named: /\(speed\)/ },
    right: callOf('install', { parameters: { params: { greeting: 'hello' } } }),
  },
})

adapterContract({
  mesh: 'gateway-api',
  build: async () => resolve('dist/adapters/kubernetes/gateway-api/adapter.js'),
  actions: ['install', 'upgrade', 'uninstall'],
  calls: {
    wrong: {
      call: callOf('install', { version: '1.6.1', parameters: { params: { channel: 'experimental' } } }),
      named: /\/params must NOT have additional properties \(channel\)/,
    },
    right: callOf('install', { version: '1.6.1' }),
  },
})

describe('the contract', () => {
  it('is held by every adapter that there is', () => {
    const folders = readdirSync('adapters', { withFileTypes: true }).filter((entry) => entry.isDirectory() && entry.name !== 'runtime')
    expect(products.map(({ mesh }) => mesh).sort()).toEqual(folders.map(({ name }) => name).sort())
  })

  it('is held by a mesh of less than 60 lines, its catalogue included', () => {
    const folder = 'test/support/adapters/example'
    const texts = readdirSync(folder).map((file) => readFileSync(join(folder, file), 'utf8'))
    expect(texts.flatMap((text) => text.trimEnd().split('\n')).length).toBeLessThan(60)
  })
})
