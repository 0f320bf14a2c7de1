import type { KubeObject } from '../../../kube/kube-object.js'
import type { Finding } from '../../../proto/gen/meshwright/adapter/v1/adapter.js'
import { defaultRevision } from '../chart-mesh.js'
import type { ClusterSession } from '../cluster-session.js'
import { groupBy } from '../group-by.js'
import { findInstalled, type InstalledRelease } from '../installed-releases.js'
import { nameOf, readManifests } from '../manifests.js'
import { mapAtOnce } from '../map-at-once.js'
import { errorFinding } from '../plan-findings.js'
import { someNames } from '../some-names.js'
import type { Check } from './check.js'
import { notLookedAt } from './not-looked-at.js'

const listedAtOnce = 4

/** Whatever a release of the mesh brought is there still: accounts, roles, webhooks, definitions, settings. */
export const releasesWhole: Check = {
  code: 'releases-whole',
  holds: 'Every object of the releases of the mesh is there.',
  question: 'the objects of its releases are there',
  find: async ({ session, catalog, namespace, revision }) => {
    const { releases, shared } = await findInstalled(session, catalog, { namespace, revision: revision || defaultRevision })
    if (releases.length + shared.length === 0) return [withoutReleases()]
    const findings: Finding[] = []
    for (const release of new Set([...releases, ...shared])) {
      const missing = await findMissing(session, release)
      if (missing.length > 0) findings.push(partsMissing(release, missing))
    }
    return findings
  },
}

/** What stands in a release's manifest and not in the cluster. */
async function findMissing(session: ClusterSession, { payload, namespace }: InstalledRelease): Promise<KubeObject[]> {
  const groups = groupBy(readManifests(payload.manifest), ({ apiVersion, kind }) => `${apiVersion} ${kind}`)
  const missing = await mapAtOnce(listedAtOnce, [...groups.values()], async (objects) => {
    const [kind] = objects
    const resource = kind && (await session.resource(kind))
    if (resource === undefined) return objects
    // As helm does it: what names no namespace is in the release's, unless its kind has none.
    const placeOf = ({ metadata }: KubeObject) =>
      resource.namespaced ? `${metadata.namespace ?? namespace}/${metadata.name}` : metadata.name
    const there = new Set((await session.list(resource, { metadataOnly: true })).map(placeOf))
    return objects.filter((object) => !there.has(placeOf(object)))
  })
  return missing.flat()
}

function withoutReleases(): Finding {
  return notLookedAt({
    message: 'Whether something of it was deleted is not looked at.',
    cause: 'No helm release says what belongs to it.',
  })
}

function partsMissing({ release, namespace, payload }: InstalledRelease, missing: readonly KubeObject[]): Finding {
  return errorFinding({
    code: 'parts-missing',
    message: `${missing.length} of the objects that release ${release} in ${namespace} brought ${missing.length === 1 ? 'is' : 'are'} gone: ${someNames(missing.map(nameOf))}.`,
    cause: 'Somebody deleted them: helm believes that they are there.',
    remedy: `Upgrade the mesh to the version that it has (${payload.chartVersion}), which brings them back.`,
  })
}
