import { describe, expect, it } from 'vitest'
import { relaxed as relaxedAuthentication } from '../../adapters/istio/strict-policies.js'
import { relaxed as relaxedMesh } from '../../adapters/kuma/strict-meshes.js'

const of = (kind: string, spec: unknown) => ({ apiVersion: 'v1', kind, metadata: { name: 'default' }, spec: spec as object })

describe('Policies that refuse plain calls', () => {
  const patchOf = (spec: unknown) => relaxedAuthentication(of('PeerAuthentication', spec))?.patch.spec

  it('of Istio are PeerAuthentications that are strict as a whole or on a port; only what is strict is changed', () => {
    expect(patchOf({ mtls: { mode: 'STRICT' } })).toEqual({ mtls: { mode: 'PERMISSIVE' } })
    const ports = { 8080: { mode: 'STRICT' }, 9090: { mode: 'DISABLE' } }
    expect(patchOf({ mtls: { mode: 'PERMISSIVE' }, portLevelMtls: ports })).toEqual({ portLevelMtls: { 8080: { mode: 'PERMISSIVE' } } })
    for (const mild of [undefined, {}, { mtls: {} }, { mtls: { mode: 'UNSET' } }, { mtls: 'odd' }]) expect(patchOf(mild)).toBeUndefined()
  })

  it('of Kuma are Meshes whose enabled backend does not say otherwise; the other backends stay as they are', () => {
    const patch = (mtls: unknown) => relaxedMesh(of('Mesh', { mtls }))?.patch.spec
    const backends = [
      { name: 'ca-1', type: 'builtin', dpCert: { rotation: { expiration: '1d' } } },
      { name: 'ca-2', type: 'provided', mode: 'STRICT' },
    ]
    expect(patch({ enabledBackend: 'ca-1', backends })).toEqual({
      mtls: { backends: [{ ...backends[0], mode: 'PERMISSIVE' }, backends[1]] },
    })
    expect(patch({ enabledBackend: 'ca-1', backends: [{ name: 'ca-1', mode: 'PERMISSIVE' }] })).toBeUndefined()
    for (const mild of [undefined, { backends }, { enabledBackend: 'none', backends }]) expect(patch(mild)).toBeUndefined()
  })
})
