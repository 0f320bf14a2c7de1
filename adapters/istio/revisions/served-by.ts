import type { Finding } from '../../../proto/gen/meshwright/adapter/v1/adapter.js'
import type { Place } from '../../runtime/chart-mesh.js'
import type { ClusterSession } from '../../runtime/cluster-session.js'
import type { Members } from '../../runtime/find-members.js'
import type { InstalledRelease } from '../../runtime/installed-releases.js'
import { nameOf, refOf } from '../../runtime/manifests.js'
import { findRevisionMembers } from '../../runtime/mesh-members.js'
import { findParts } from '../../runtime/mesh-parts.js'
import { errorFinding } from '../../runtime/plan-findings.js'
import { count } from '../../runtime/roll-namespace-step.js'
import { istioCatalog as catalog } from '../istio-catalog.js'
import { findTags } from './revision-tags.js'

/** Namespaces that ask for a revision, and pods whose sidecar was made by it. */
export function findServed(session: ClusterSession, { revision }: Place): Promise<Members> {
  return findRevisionMembers(session, catalog, revision)
}

/** What stands in the way: who would be left without a control plane. Gateways of releases are moved by the plan itself. */
export async function servedFindings(
  session: ClusterSession,
  { place, gateways }: { place: Place; gateways: readonly InstalledRelease[] },
): Promise<Finding[]> {
  const [members, tags, parts] = await Promise.all([findServed(session, place), findTags(session), findParts(session, catalog)])
  const strange = parts.filter(
    ({ role, revision, workload: { metadata } }) =>
      role === 'gateway' &&
      revision === place.revision &&
      gateways.every(({ release }) => release !== metadata.annotations?.['meta.helm.sh/release-name']),
  )
  return [
    ...memberFindings(members, place),
    ...tags
      .filter(({ revision }) => revision === place.revision)
      .map(({ tag, webhook }) =>
        errorFinding({
          code: 'tag-points-here',
          message: `Tag ${tag} points at revision ${place.revision}.`,
          cause: 'Without its control plane the webhook of the tag refuses every new pod of the namespaces that ask for it.',
          remedy: `Point tag ${tag} at the successor first.`,
          object: refOf(webhook),
        }),
      ),
    ...strange.map(({ workload }) =>
      errorFinding({
        code: 'gateway-served',
        message: `${nameOf(workload)} is served by revision ${place.revision}, and no release of Istio's gateway chart holds it.`,
        remedy: 'Let it ask for the successor by its label istio.io/rev, or take it away first.',
        object: refOf(workload),
      }),
    ),
  ]
}

const listed = 10

function memberFindings({ namespaces, pods }: Members, { revision }: Place): Finding[] {
  if (namespaces.length + pods.length === 0) return []
  const places = [...namespaces.map(({ object }) => object.metadata.name), ...pods.map(({ object }) => object.metadata.namespace)]
  const names = [...new Set(places)].sort()
  const more = names.length > listed ? ` and ${names.length - listed} more` : ''
  return [
    errorFinding({
      code: 'members-left',
      message: `Revision ${revision} still serves ${count(pods.length, 'pod')}, and ${count(namespaces.length, 'namespace')} ask for it.`,
      cause: `In ${names.slice(0, listed).join(', ')}${more}.`,
      remedy: 'Let these namespaces join the successor, which restarts their workloads; then plan this again.',
    }),
  ]
}
