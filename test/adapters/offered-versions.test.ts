import { expect, it } from 'vitest'
import { istioCatalog } from '../../adapters/istio/istio-catalog.js'
import { findVersion, listedVersions, offeredVersions } from '../../adapters/runtime/offered-versions.js'

const charts = ['base', 'istiod']
const listing = (version: string) => ({ version, kubeVersion: '', appVersion: version, createdOn: '2026-11-20' })
const listings = (...versions: string[]) => new Map(charts.map((chart) => [chart, versions.map(listing)]))
const source = (...versions: string[]) => ({
  find: () => Promise.reject(new Error('not asked for')),
  list: async () => listings(...versions),
})

it('offers a newer patch with what the catalogue knows of its minor version', () => {
  const [known] = istioCatalog.versions.filter(({ version }) => version === '1.30.3')
  expect(listedVersions(istioCatalog, listings('1.30.3', '1.30.4'))).toEqual([
    { ...known, version: '1.30.4', appVersion: '', releasedOn: '2026-11-20', digests: {}, listed: true },
  ])
})

it('offers a new minor version with what its chart says, and invents nothing else', () => {
  const [found] = listedVersions(istioCatalog, new Map([['base', [{ ...listing('1.31.0'), kubeVersion: '>=1.33.0-0' }]]]))
  expect(found).toMatchObject({
    version: '1.31.0',
    kubernetesRequired: '>=1.33.0-0',
    kubernetesTested: '',
    endOfLifeOn: '',
    upgradeFrom: '',
  })
})

it('offers no pre-release, nothing older than the catalogue, and nothing of which a chart is missing', () => {
  expect(listedVersions(istioCatalog, listings('1.31.0-rc.1', '1.28.9', 'main'))).toEqual([])
  const halved = new Map([
    ['base', [listing('1.30.4')]],
    ['istiod', []],
  ])
  expect(listedVersions(istioCatalog, halved)).toEqual([])
})

it('finds a version of the catalogue without a repository, another one in its list, and names all that there are', async () => {
  expect(await findVersion(istioCatalog, source(), '1.30.3')).toMatchObject({ listed: false })
  expect(await findVersion(istioCatalog, source('1.30.4'), '1.30.4')).toMatchObject({ listed: true })
  await expect(findVersion(istioCatalog, source('1.30.4'), '1.30.5')).rejects.toMatchObject({
    code: 'invalid-parameters',
    details: { remedy: expect.stringContaining('1.30.3, 1.29.6, 1.30.4') },
  })
})

it('reads no list for what has no charts of its own', async () => {
  const bundled = { ...istioCatalog, components: [] }
  expect((await offeredVersions(bundled, source('9.9.9'))).map(({ version }) => version)).toEqual(['1.30.3', '1.29.6'])
})
