import { installerName, isOurs } from '../../installers/find-installer.js'
import type { Finding } from '../../proto/gen/meshwright/adapter/v1/adapter.js'
import type { ClusterSession } from '../runtime/cluster-session.js'
import { refOf } from '../runtime/manifests.js'
import { errorFinding, infoFinding, warningFinding } from '../runtime/plan-findings.js'
import { type ControlPlane, findControlPlanes } from './istio-presence.js'

/** The control plane that an install wants to bring about. */
interface Wanted {
  namespace: string
  revision: string
  version: string
}

/** Every Istio that is there already, who installed it, and whether it stands in the way of one more. */
export async function checkControlPlanes(session: ClusterSession, wanted: Wanted): Promise<Finding[]> {
  return (await findControlPlanes(session)).map((plane) => judge(plane, wanted))
}

/** The same one again is a repair; another version in its place would be an upgrade, which is another action. */
function judge(plane: ControlPlane, wanted: Wanted): Finding {
  const who = installerName(plane.installer)
  const version = plane.version || '(unknown version)'
  const message = `There is Istio ${version}, revision ${plane.revision}, in namespace ${plane.namespace}, installed by ${who}.`
  const about = { message, object: refOf(plane.deployment) }
  if (plane.revision !== wanted.revision) {
    return warningFinding({ ...about, code: 'another-revision', cause: 'The two share the definitions and the default webhooks.' })
  }
  if (plane.namespace !== wanted.namespace) {
    const cause = 'Two control planes of one revision fight over the same namespaces.'
    const remedy = 'Give this one a revision of its own, or uninstall the other one first.'
    return errorFinding({ ...about, code: 'revision-taken', cause, remedy })
  }
  if (!isOurs(plane.installer)) {
    const cause = `${who} may undo what Meshwright changes.`
    return errorFinding({ ...about, code: 'installer-not-ours', cause, remedy: `Change it with ${who}, or remove it with ${who} first.` })
  }
  if (plane.version !== wanted.version) {
    const cause = 'An install does not change the version of what is there.'
    return errorFinding({ ...about, code: 'installation-present', cause, remedy: 'Upgrade it, or uninstall it first.' })
  }
  return infoFinding({ ...about, code: 'installation-present', remedy: 'Nothing: it is brought to the values of this plan.' })
}
