import semver from 'semver'
import type { Finding } from '../../proto/gen/meshwright/adapter/v1/adapter.js'
import type { Catalog, CatalogVersion } from './catalog.js'
import { errorFinding, infoFinding, warningFinding } from './plan-findings.js'

/** Whether one may go from the chart version that is there to another one in one step; the remedy names the step that may be taken. */
export function checkPath({ title, versions }: Pick<Catalog, 'title' | 'versions'>, from: string, to: CatalogVersion): Finding[] {
  const what = `${title} ${from}`
  if (semver.valid(from) === null || semver.valid(to.version) === null) {
    const message = `Which version of ${title} is there cannot be told: its chart says "${from}".`
    return [warningFinding({ code: 'version-unknown', message, remedy: 'Make sure that one may go from it to the new one in one step.' })]
  }
  if (semver.eq(from, to.version)) {
    const message = `${what} is there already: only values change.`
    return [infoFinding({ code: 'version-present', message, remedy: 'Nothing.' })]
  }
  if (semver.gt(from, to.version)) {
    const message = `${what} is there, which is newer than ${to.version}.`
    const cause = 'The newer one may have stored what the older one cannot read.'
    const remedy = 'Choose a newer version. To go back, use a rollback of helm and a backup, or uninstall and install.'
    return [errorFinding({ code: 'downgrade', message, cause, remedy })]
  }
  if (to.upgradeFrom !== '' && includes(to.upgradeFrom, from)) return []
  return [
    errorFinding({
      code: 'upgrade-path',
      message: `One cannot go from ${what} to ${to.version} in one step.`,
      cause: to.upgradeFrom ? `${to.version} can be reached from ${to.upgradeFrom}.` : 'From where it can be reached is not known.',
      remedy: nextStep(versions, from, to.version),
    }),
  ]
}

function nextStep(versions: readonly CatalogVersion[], from: string, to: string): string {
  const reachable = versions.filter(
    ({ version, upgradeFrom }) => semver.gt(version, from) && semver.lt(version, to) && includes(upgradeFrom, from),
  )
  const [next] = semver.rsort(reachable.map(({ version }) => version))
  return next ? `Upgrade to ${next} first.` : 'Upgrade it by the project’s own steps to a version in that range first.'
}

function includes(range: string, version: string): boolean {
  return semver.satisfies(version, range, { includePrerelease: true })
}
