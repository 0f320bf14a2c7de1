import { describe, expect, it } from 'vitest'
import { consulCatalog } from '../../adapters/consul/consul-catalog.js'
import { istioCatalog } from '../../adapters/istio/istio-catalog.js'
import { kumaCatalog } from '../../adapters/kuma/kuma-catalog.js'
import { linkerdCatalog } from '../../adapters/linkerd/linkerd-catalog.js'
import type { Catalog } from '../../adapters/runtime/catalog.js'
import { toldPhoneHome, withPhoneHome } from '../../adapters/runtime/phone-home.js'
import { Severity } from '../../proto/gen/meshwright/adapter/v1/adapter.js'

const off = { disableHeartBeat: true }
const quietConsul = '{"disable_update_check": true}'

describe('What a mesh sends home', () => {
  const look = (catalog: Catalog, values: Record<string, unknown>, offline: boolean) => {
    const component = catalog.components.find((each) => each.component === (catalog.phoneHome[0]?.component ?? 'istiod'))
    if (component === undefined) throw new Error(`${catalog.mesh} has no such component`)
    const instance = { name: component.component, component, version: '', namespace: '', release: component.release, values }
    const { instances, findings } = withPhoneHome(catalog, { offline }, [instance])
    return { values: instances[0]?.values, findings }
  }
  const codes = (...asked: Parameters<typeof look>) => look(...asked).findings.map(({ code }) => code)

  it('is told, with where it goes and how it is turned off', () => {
    const { values, findings } = look(linkerdCatalog, {}, false)
    expect(values).toEqual({})
    expect(findings).toMatchObject([
      {
        code: 'phones-home',
        severity: Severity.SEVERITY_INFO,
        message: expect.stringContaining('to versioncheck.linkerd.io.'),
        remedy: 'To turn it off, set disableHeartBeat: true in the values of release linkerd-control-plane.',
      },
    ])
    expect(look(consulCatalog, {}, false).findings[0]?.remedy).toContain(`server.extraConfig: '${quietConsul}'`)
    expect(codes(linkerdCatalog, off, false)).toEqual([])
    expect(codes(istioCatalog, {}, false)).toEqual([])
  })

  it('is turned off where Meshwright is offline, and the plan says so', () => {
    const { values, findings } = look(linkerdCatalog, { proxy: { logLevel: 'debug' } }, true)
    expect(values).toEqual({ disableHeartBeat: true, proxy: { logLevel: 'debug' } })
    expect(findings).toMatchObject([{ code: 'phone-home-off', message: expect.stringContaining('(disableHeartBeat: true)') }])
    expect(look(consulCatalog, {}, true).values).toEqual({ server: { extraConfig: quietConsul } })
    expect(codes(linkerdCatalog, off, true)).toEqual([])
  })

  it('stays on where the values of a user say so, which is warned of', () => {
    const { values, findings } = look(linkerdCatalog, { disableHeartBeat: false }, true)
    expect(values).toEqual({ disableHeartBeat: false })
    expect(findings).toMatchObject([{ code: 'phones-home', severity: Severity.SEVERITY_WARNING }])
    const level = { server: { extraConfig: '{"log_level": "DEBUG"}' } }
    expect(look(consulCatalog, level, true)).toMatchObject({ values: level, findings: [{ severity: Severity.SEVERITY_WARNING }] })
    expect(codes(consulCatalog, { server: { extraConfig: '{"log_level": "DEBUG", "disable_update_check": true}' } }, true)).toEqual([])
    expect(codes(consulCatalog, { server: { extraConfig: '{ log_level = "DEBUG" }' } }, true)).toEqual(['phones-home'])
  })

  it('is told to be off where it is so unless somebody asks for it', () => {
    const reports = (enabled: unknown) => ({ controlPlane: { envVars: { KUMA_REPORTS_ENABLED: enabled } } })
    const quiet = { code: 'phone-home-off', severity: Severity.SEVERITY_INFO, message: expect.stringContaining('off by default') }
    for (const offline of [true, false]) expect(look(kumaCatalog, {}, offline)).toMatchObject({ values: {}, findings: [quiet] })
    const others = { controlPlane: { envVars: { KUMA_MODE: 'zone' } } }
    expect(look(kumaCatalog, others, true)).toMatchObject({ values: others, findings: [quiet] })
    expect(codes(kumaCatalog, reports(false), false)).toEqual([])
    expect(codes(kumaCatalog, reports('true'), false)).toEqual(['phones-home'])
    expect(look(kumaCatalog, reports('true'), true)).toMatchObject({ values: reports('true'), findings: [{ code: 'phones-home' }] })
  })

  it('is told and left alone where the values are not to change, offline as a warning', () => {
    const component = linkerdCatalog.components.find((each) => each.component === 'control-plane')
    if (component === undefined) throw new Error('Linkerd has no control plane')
    const told = (values: Record<string, unknown>, offline: boolean) => {
      const instance = { name: 'control-plane', component, version: '', namespace: '', release: component.release, values }
      return toldPhoneHome(linkerdCatalog, { offline }, [instance])
    }
    expect(told({}, false)).toMatchObject([{ code: 'phones-home', severity: Severity.SEVERITY_INFO }])
    expect(told({}, true)).toMatchObject([
      {
        code: 'phones-home',
        severity: Severity.SEVERITY_WARNING,
        cause: 'Meshwright is offline, and this leaves values as they are given.',
        remedy: expect.stringContaining('disableHeartBeat: true'),
      },
    ])
    expect(told(off, true)).toEqual([])
  })
})
