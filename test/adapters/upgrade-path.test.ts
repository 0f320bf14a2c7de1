import { describe, expect, it } from 'vitest'
import type { CatalogVersion } from '../../adapters/runtime/catalog.js'
import { checkPath } from '../../adapters/runtime/upgrade-path.js'
import { Severity } from '../../proto/gen/meshwright/adapter/v1/adapter.js'

describe('The way from one version to another', () => {
  const versions = [
    versionOf('1.30.3', '>=1.29.0 <1.31.0'),
    versionOf('1.29.6', '>=1.28.0 <1.30.0'),
    versionOf('1.28.10', '>=1.27.0 <1.29.0'),
  ]
  const path = (from: string, to: string) => {
    const wanted = versions.find(({ version }) => version === to)
    if (wanted === undefined) throw new Error(to)
    return checkPath({ title: 'Istio', versions }, from, wanted)
  }

  it('is open where the catalogue says so', () => {
    expect(path('1.29.2', '1.30.3')).toEqual([])
    expect(path('1.30.0', '1.30.3')).toEqual([])
  })

  it('is refused over a version that must not be left out, which is named', () => {
    expect(path('1.28.10', '1.30.3')).toMatchObject([
      { code: 'upgrade-path', severity: Severity.SEVERITY_ERROR, remedy: 'Upgrade to 1.29.6 first.' },
    ])
    expect(path('1.20.0', '1.30.3')[0]).toMatchObject({ code: 'upgrade-path', remedy: expect.stringContaining('own steps') })
  })

  it('does not lead back', () => {
    expect(path('1.30.3', '1.29.6')).toMatchObject([{ code: 'downgrade', severity: Severity.SEVERITY_ERROR }])
  })

  it('is only told of where nothing or something unknown is left behind', () => {
    expect(path('1.30.3', '1.30.3')).toMatchObject([{ code: 'version-present', severity: Severity.SEVERITY_INFO }])
    expect(path('main-2026', '1.30.3')).toMatchObject([{ code: 'version-unknown', severity: Severity.SEVERITY_WARNING }])
  })
})

function versionOf(version: string, upgradeFrom: string): CatalogVersion {
  return {
    ...{ version, appVersion: '', channel: 'stable', digests: {}, kubernetesRequired: '', kubernetesTested: '', releasedOn: '' },
    ...{ endOfLifeOn: '', upgradeFrom, gatewayApi: '', needsGatewayApi: false, bringsGatewayApi: false },
  }
}
