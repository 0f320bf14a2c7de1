import { describe, expect, it } from 'vitest'
import type { Version } from '../../../proto/gen/meshwright/adapter/v1/adapter.js'
import { type VersionPlace, versionMarks } from '../../../server/meshes/version-marks.js'

const v130 = version('1.30.3', { upgradeFrom: '>=1.29.0 <1.31.0', endOfLifeOn: '2026-11-30' })
const v129 = version('1.29.6', { upgradeFrom: '>=1.28.0 <1.30.0', endOfLifeOn: '2026-10-15' })
const old129 = version('1.29.0', { endOfLifeOn: '2026-10-15' })
const versions = [v130, v129, old129]

describe('what is said of a version', () => {
  it('names the newest patch of each line, and the patch that an older one lacks', () => {
    expect(codes(v130)).toEqual(['newest-patch'])
    expect(codes(v129)).toContain('newest-patch')
    expect(marks(old129, { today: '2026-10-01' })).toEqual([
      expect.objectContaining({ code: 'newer-patch', text: '1.29.6 holds fixes that 1.29.0 lacks.' }),
    ])
  })

  it('is end of life from the day after, and not before', () => {
    expect(codes(v130, { today: '2026-11-30' })).not.toContain('end-of-life')
    expect(codes(v130, { today: '2026-12-01' })).toContain('end-of-life')
  })

  it('tells apart from a version that still lives one whose end is not known', () => {
    expect(codes(v130)).not.toContain('end-of-life-not-known')
    expect(marks(version('2.14.3', {})).at(-1)).toEqual({
      ...{ code: 'end-of-life-not-known', level: 'info', title: 'End of life not known' },
      text: 'Until when it gets security fixes is not known here: look at what its project says of its releases.',
    })
  })

  it.each([
    ['v1.31.9', 'refused-on-this-kubernetes'],
    ['v1.32.0', undefined],
    ['v1.33.4-gke.1172000', undefined],
    ['v1.36.3+k3s1', undefined],
    ['v1.37.0', 'not-tested-on-this-kubernetes'],
    [undefined, undefined],
  ])('on Kubernetes %s: %s', (kubernetes, code) => {
    const about = codes(v130, { kubernetes }).filter((each) => each.endsWith('kubernetes'))
    expect(about).toEqual(code === undefined ? [] : [code])
  })

  it('is not called tested where its project says nothing of it', () => {
    const silent = version('2.14.3', { kubernetesRequired: '', kubernetesTested: '', endOfLifeOn: '2026-12-31' })
    expect(marks(silent, { kubernetes: 'v1.36.3' })[0]).toEqual({
      ...{ code: 'kubernetes-tests-not-stated', level: 'info', title: 'Tests on Kubernetes not stated' },
      text: 'Its project does not say with which Kubernetes it was tested; lab runs 1.36.3.',
    })
    expect(codes(silent)).toEqual(['newest-patch'])
  })

  it.each([
    ['1.30.3', 'installed'],
    ['1.29.6', 'upgrade-possible'],
    ['1.29.6-distroless', 'upgrade-possible'],
    ['1.28.9', 'upgrade-not-possible'],
    ['1.31.0', 'older-than-installed'],
  ])('where %s is installed: %s', (installed, code) => {
    expect(codes(v130, { installed: [installed] })[0]).toBe(code)
  })

  it('compares nothing with a version that cannot be read', () => {
    expect(codes(v130, { installed: ['unknown'] })).toEqual(['newest-patch'])
  })

  it('says why in a sentence that names cluster, versions and place', () => {
    const texts = marks(v130, { kubernetes: 'v1.31.0', installed: ['1.28.9'] }).map(({ text }) => text)
    expect(texts).toContain('It needs Kubernetes >=1.32.0; lab runs 1.31.0. A plan would be refused.')
    expect(texts).toContain('Not in one step from 1.28.9 in istio-system, revision canary: it may come from >=1.29.0 <1.31.0 only.')
  })
})

interface Circumstances {
  today?: string
  kubernetes?: string | undefined
  installed?: string[]
}

function marks(of: Version, { today = '2026-11-25', kubernetes, installed = [] }: Circumstances = {}) {
  const place: VersionPlace = {
    cluster: 'lab',
    kubernetes,
    installed: installed.map((text) => ({ version: text, namespace: 'istio-system', revision: 'canary' })),
  }
  return versionMarks(of, { versions, today, place })
}

function codes(of: Version, circumstances?: Circumstances) {
  return marks(of, circumstances).map(({ code }) => code)
}

function version(text: string, more: Partial<Version>): Version {
  return {
    ...{ version: text, channel: 'stable', components: [], kubernetesRequired: '>=1.32.0', kubernetesTested: '1.32.x - 1.36.x' },
    ...{ releasedOn: '2026-07-16', endOfLifeOn: '', upgradeFrom: '', gatewayApi: '', listed: false, ...more },
  }
}
