import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { Catalog } from '../../adapters/runtime/catalog.js'

it('names for each finalizer a controller whose pods can be found', () => {
  const consul = JSON.parse(readFileSync('adapters/consul/catalog.json', 'utf8'))
  expect(Catalog.parse(consul).finalizers.length).toBeGreaterThan(0)
  const [first, ...others] = consul.finalizers
  const { error } = Catalog.safeParse({ ...consul, finalizers: [...others, { ...first, controller: 'injector' }] })
  expect(error?.issues).toMatchObject([{ path: ['finalizers', others.length, 'controller'], message: expect.stringContaining('injector') }])
})
