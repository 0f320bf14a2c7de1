import type { Finding } from '../../../proto/gen/meshwright/adapter/v1/adapter.js'
import { defaultRevision, type Place } from '../../runtime/chart-mesh.js'
import type { ClusterSession } from '../../runtime/cluster-session.js'
import type { ComponentInstance } from '../../runtime/components.js'
import { findInstalled, type Installed, type InstalledRelease } from '../../runtime/installed-releases.js'
import type { Call } from '../../runtime/mesh-adapter.js'
import { errorFinding } from '../../runtime/plan-findings.js'
import { absentFindings } from '../../runtime/uninstall-action.js'
import { istioCatalog } from '../istio-catalog.js'

/** A control plane that is there, with the release that holds it. */
export interface RevisionFound {
  place: Place
  installed: Installed
  /** Missing when helm knows no release of it. */
  istiod: InstalledRelease | undefined
}

/** The installation that a call is about. */
export function placeOf({ target }: Call): Place {
  return { namespace: target.namespace || istioCatalog.namespace, revision: target.revision || defaultRevision }
}

/** Finds the control plane of a revision and what belongs to it. */
export async function findRevision(session: ClusterSession, place: Place): Promise<RevisionFound> {
  const installed = await findInstalled(session, istioCatalog, place)
  return { place, installed, istiod: installed.releases.find(({ component }) => component.component === 'istiod') }
}

/** What speaks against acting on a revision: it is not there, or helm knows no release of its control plane. */
export function planeFindings({ place, installed, istiod }: RevisionFound): Finding[] {
  const absent = absentFindings(istioCatalog, installed, place)
  if (istiod !== undefined || absent.length > 0 || installed.planes.length > 0) return absent
  const message = `There is no control plane of revision ${place.revision} in namespace ${place.namespace}.`
  const remedy = 'Choose a revision whose control plane is there; what is left of this one is taken away by an uninstall.'
  return [errorFinding({ code: 'installation-absent', message, remedy })]
}

/** How Istio's charts call a revision in their values: the default one has no name there. */
export function revisionValue(revision: string): string {
  return revision === defaultRevision ? '' : revision
}

/** A release as it is, at the version of a chart, with other values. */
export function instanceAt(release: InstalledRelease, version: string, values: Record<string, unknown>): ComponentInstance {
  const { name, component, namespace } = release
  return { name, component, version, release: release.release, namespace, values }
}
