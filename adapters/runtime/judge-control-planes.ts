import type { Handling } from '../../contract/installation.js'
import { installerName } from '../../installers/find-installer.js'
import { answerHandling } from '../../installers/installer-table.js'
import type { Finding } from '../../proto/gen/meshwright/adapter/v1/adapter.js'
import type { Catalog } from './catalog.js'
import type { Place } from './chart-mesh.js'
import type { ClusterSession } from './cluster-session.js'
import { refOf } from './manifests.js'
import { type ControlPlane, controlPlanes, findParts } from './mesh-parts.js'
import { errorFinding, infoFinding, warningFinding } from './plan-findings.js'

/** The control plane that an install wants to bring about. */
interface WantedPlane extends Place {
  version: string
}

/** Every control plane of the mesh that is there already, who installed it, and whether it stands in the way of one more. */
export async function checkControlPlanes(session: ClusterSession, catalog: Catalog, wanted: WantedPlane): Promise<Finding[]> {
  return controlPlanes(await findParts(session, catalog)).map((plane) => judge(catalog, plane, wanted))
}

/** The same one again is a repair; another version in its place would be an upgrade, which is another action. */
function judge({ title }: Catalog, plane: ControlPlane, wanted: WantedPlane): Finding {
  const who = installerName(plane.installer)
  const version = plane.version || '(unknown version)'
  const message = `There is ${title} ${version}, revision ${plane.revision}, in namespace ${plane.namespace}, installed by ${who}.`
  const about = { message, object: refOf(plane.workload) }
  if (plane.revision !== wanted.revision) {
    return warningFinding({ ...about, code: 'another-revision', cause: 'The two share the definitions and the default webhooks.' })
  }
  if (plane.namespace !== wanted.namespace) {
    const cause = 'Two control planes of one revision fight over the same namespaces.'
    const remedy = 'Give this one a revision of its own, or uninstall the other one first.'
    return errorFinding({ ...about, code: 'revision-taken', cause, remedy })
  }
  const { verdict, reason } = answerHandling(plane, 'upgrade')
  if (verdict !== 'act') return errorFinding({ ...about, code: 'installer-not-ours', remedy: reason })
  if (plane.version !== '' && plane.version !== wanted.version) {
    const cause = 'An install does not change the version of what is there.'
    return errorFinding({ ...about, code: 'installation-present', cause, remedy: 'Upgrade it, or uninstall it first.' })
  }
  return infoFinding({ ...about, code: 'installation-present', remedy: 'Nothing: it is brought to what this plan says.' })
}

/** Findings that refuse to touch what another tool looks after, and say where it is changed; one for each such place. */
export function foreignFindings(
  { title }: Catalog,
  owned: readonly Pick<ControlPlane, 'installer' | 'where'>[],
  handling: Handling,
): Finding[] {
  const places = new Map(owned.map((one) => [`${one.installer} ${one.where}`, one]))
  return [...places.values()].flatMap((one) => {
    const { verdict, reason } = answerHandling(one, handling)
    if (verdict === 'act') return []
    const message = `This ${title} was installed by ${installerName(one.installer)}.`
    return [errorFinding({ code: 'installer-not-ours', message, remedy: reason })]
  })
}
