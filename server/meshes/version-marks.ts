import semver from 'semver'
import type { VersionMark } from '../../contract/mesh.js'
import type { Version } from '../../proto/gen/meshwright/adapter/v1/adapter.js'

/** The cluster for which versions are looked at; what is not known of it marks nothing. */
export interface VersionPlace {
  cluster: string
  kubernetes: string | undefined
  installed: { version: string; namespace: string; revision: string }[]
}

interface MarkInput {
  /** All that are known. */
  versions: Version[]
  /** YYYY-MM-DD. */
  today: string
  place: VersionPlace | undefined
}

/** The one place where a version is judged: by the others, by the day, and by the cluster that it is for. */
export function versionMarks(version: Version, { versions, today, place }: MarkInput): VersionMark[] {
  return [
    ...(place ? installedMarks(version, place) : []),
    ...(place ? kubernetesMarks(version, place) : []),
    ...lifetimeMarks(version, today),
    ...listedMarks(version),
    patchMark(version, versions),
    ...unknownEndMarks(version),
  ]
}

function patchMark({ version }: Version, versions: Version[]): VersionMark {
  const newest = versions.map((other) => other.version).filter((other) => semver.satisfies(other, `~${minorLine(version)}.0`))
  const [patch = version] = newest.sort(semver.rcompare)
  return patch === version
    ? { code: 'newest-patch', level: 'good', title: 'Newest patch', text: `The newest patch of ${minorLine(version)} that we know.` }
    : { code: 'newer-patch', level: 'warning', title: 'Newer patch exists', text: `${patch} holds fixes that ${version} lacks.` }
}

function listedMarks({ listed }: Version): VersionMark[] {
  if (!listed) return []
  const text = 'Its chart repository lists it; this Meshwright was made before it. What is said of it is taken from its minor version.'
  return [{ code: 'not-in-catalogue', level: 'info', title: 'Newer than Meshwright', text }]
}

function lifetimeMarks({ endOfLifeOn }: Version, today: string): VersionMark[] {
  if (endOfLifeOn === '' || endOfLifeOn >= today) return []
  return [{ code: 'end-of-life', level: 'error', title: 'End of life', text: `It gets no security fixes since ${endOfLifeOn}.` }]
}

/** What never ends by what is known is not what never ends. */
function unknownEndMarks({ endOfLifeOn }: Version): VersionMark[] {
  if (endOfLifeOn !== '') return []
  const text = 'Until when it gets security fixes is not known here: look at what its project says of its releases.'
  return [{ code: 'end-of-life-not-known', level: 'info', title: 'End of life not known', text }]
}

function kubernetesMarks({ kubernetesRequired, kubernetesTested }: Version, { cluster, kubernetes }: VersionPlace): VersionMark[] {
  const runs = semver.coerce(kubernetes)
  if (runs === null) return []
  if (!semver.satisfies(runs, kubernetesRequired)) {
    const text = `It needs Kubernetes ${kubernetesRequired}; ${cluster} runs ${runs}. A plan would be refused.`
    return [{ code: 'refused-on-this-kubernetes', level: 'error', title: 'Refused on this Kubernetes', text }]
  }
  if (kubernetesTested === '') {
    const text = `Its project does not say with which Kubernetes it was tested; ${cluster} runs ${runs}.`
    return [{ code: 'kubernetes-tests-not-stated', level: 'info', title: 'Tests on Kubernetes not stated', text }]
  }
  if (semver.satisfies(runs, kubernetesTested)) return []
  const text = `Its project tested Kubernetes ${kubernetesTested}; ${cluster} runs ${runs}. It may work.`
  return [{ code: 'not-tested-on-this-kubernetes', level: 'warning', title: 'Not tested on this Kubernetes', text }]
}

/** An installation whose version cannot be read is compared with nothing. */
function installedMarks({ version, upgradeFrom }: Version, { installed }: VersionPlace): VersionMark[] {
  return installed.flatMap(({ version: text, namespace, revision }): VersionMark[] => {
    const has = semver.coerce(text)
    if (has === null) return []
    const where = `${has} in ${namespace}${revision === 'default' ? '' : `, revision ${revision}`}`
    if (semver.eq(has, version)) return [{ code: 'installed', level: 'good', title: 'Installed', text: `It is there: ${where}.` }]
    if (semver.gt(has, version)) {
      const older = `Older than what is there: ${where}. Going back is not offered.`
      return [{ code: 'older-than-installed', level: 'info', title: 'Older than installed', text: older }]
    }
    if (upgradeFrom !== '' && semver.satisfies(has, upgradeFrom)) {
      return [{ code: 'upgrade-possible', level: 'good', title: 'Upgrade possible', text: `In one step from ${where}.` }]
    }
    const why = upgradeFrom === '' ? 'from where it may come is not known' : `it may come from ${upgradeFrom} only`
    const cannot = `Not in one step from ${where}: ${why}.`
    return [{ code: 'upgrade-not-possible', level: 'warning', title: 'No direct upgrade', text: cannot }]
  })
}

function minorLine(version: string): string {
  return `${semver.major(version)}.${semver.minor(version)}`
}
