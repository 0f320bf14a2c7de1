import semver from 'semver'
import type { Finding } from '../../proto/gen/meshwright/adapter/v1/adapter.js'
import { AdapterError } from './adapter-error.js'
import type { Catalog, CatalogVersion } from './catalog.js'
import type { ChartListing } from './chart-index.js'
import type { ChartSource } from './chart-source.js'
import { warningFinding } from './plan-findings.js'

/** A version that can be installed. `listed` is true when only a chart repository names it, and our catalogue does not. */
export interface OfferedVersion extends CatalogVersion {
  readonly listed: boolean
}

/**
 * The versions of the catalogue and those that the chart repository lists besides; it is read anew through `fresh`, otherwise
 * as it was when it was last read. Throws `chart-not-found` when it cannot be read.
 */
export async function offeredVersions(catalog: Catalog, charts: ChartSource, fresh?: AbortSignal): Promise<OfferedVersion[]> {
  const known = catalogueOnly(catalog)
  const wanted = catalog.components.filter(({ installable, optional }) => installable && !optional).map(({ chart }) => chart)
  if (wanted.length === 0) return known
  const listings = await charts.list({ charts: wanted, repository: catalog.chartRepository }, fresh)
  return [...known, ...listedVersions(catalog, listings)]
}

/** The versions of the catalogue, which are known without a repository. */
export function catalogueOnly({ versions }: Catalog): OfferedVersion[] {
  return versions.map((version) => ({ ...version, listed: false }))
}

/**
 * What a repository lists and the catalogue does not know: whole versions, of which every needed chart is there, newer than
 * the oldest that the catalogue knows. What the catalogue knows of the same minor line holds for its other patches too; of a
 * new line only what its chart says is known.
 */
export function listedVersions({ versions }: Catalog, listings: ReadonlyMap<string, readonly ChartListing[]>): OfferedVersion[] {
  const [oldest] = semver.sort(versions.map(({ version }) => version))
  const [first = [], ...others] = [...listings.values()]
  const isNew = ({ version }: ChartListing) =>
    semver.valid(version) !== null &&
    semver.prerelease(version) === null &&
    (oldest === undefined || semver.gt(version, oldest)) &&
    versions.every((known) => known.version !== version)
  const whole = first.filter((one) => isNew(one) && others.every((list) => list.some(({ version }) => version === one.version)))
  const unique = new Map(whole.map((listing) => [listing.version, listing]))
  return [...unique.values()].map((listing) => describeListed(listing, versions))
}

/** Throws `invalid-parameters` with the versions there are. */
export async function findVersion(catalog: Catalog, charts: ChartSource, wanted: string): Promise<OfferedVersion> {
  const known = catalog.versions.find(({ version }) => version === wanted)
  if (known !== undefined) return { ...known, listed: false }
  const offered = await offeredVersions(catalog, charts)
  const found = offered.find(({ version }) => version === wanted)
  if (found !== undefined) return found
  throw new AdapterError('invalid-parameters', `${catalog.title} ${wanted || '(no version)'} is not known.`, {
    cause: 'It is neither in the catalogue of this Meshwright nor in the chart repository as it was when it was last read.',
    remedy: `Choose one of: ${offered.map(({ version }) => version).join(', ')}. To look for newer ones, refresh the versions.`,
  })
}

/** What nobody has checked of a version that only a repository lists. */
export function checkListed(title: string, { version, listed }: OfferedVersion): Finding[] {
  if (!listed) return []
  const message = `${title} ${version} is newer than this Meshwright: only its chart repository tells of it.`
  const cause = 'Its definitions, its end of life and what it needs are taken from the same minor version, or not known.'
  const remedy = 'Read its release notes, and look closely at the objects of the plan.'
  return [warningFinding({ code: 'version-not-in-catalogue', message, cause, remedy })]
}

function describeListed(
  { version, kubeVersion, appVersion, createdOn }: ChartListing,
  versions: readonly CatalogVersion[],
): OfferedVersion {
  const line = versions.find((known) => semver.satisfies(known.version, `~${semver.major(version)}.${semver.minor(version)}.0`))
  return {
    version,
    appVersion: appVersion === version ? '' : appVersion,
    channel: line?.channel ?? '',
    digests: {},
    kubernetesRequired: kubeVersion || (line?.kubernetesRequired ?? ''),
    kubernetesTested: line?.kubernetesTested ?? '',
    releasedOn: createdOn,
    endOfLifeOn: line?.endOfLifeOn ?? '',
    upgradeFrom: line?.upgradeFrom ?? '',
    gatewayApi: line?.gatewayApi ?? '',
    needsGatewayApi: line?.needsGatewayApi ?? false,
    bringsGatewayApi: line?.bringsGatewayApi ?? false,
    listed: true,
  }
}
