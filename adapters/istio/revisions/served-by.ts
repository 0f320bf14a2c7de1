import type { Finding } from '../../../proto/gen/meshwright/adapter/v1/adapter.js'
import { AdapterError } from '../../runtime/adapter-error.js'
import type { Place } from '../../runtime/chart-mesh.js'
import type { ClusterSession } from '../../runtime/cluster-session.js'
import { count } from '../../runtime/count.js'
import type { Member, Members } from '../../runtime/find-members.js'
import { findGatewayPods, type GatewayPod } from '../../runtime/gateway-pods.js'
import type { InstalledRelease } from '../../runtime/installed-releases.js'
import { nameOf, refOf } from '../../runtime/manifests.js'
import type { Step } from '../../runtime/mesh-adapter.js'
import { findRevisionMembers } from '../../runtime/mesh-members.js'
import { errorFinding } from '../../runtime/plan-findings.js'
import { someNames } from '../../runtime/some-names.js'
import { istioCatalog as catalog } from '../istio-catalog.js'
import { findTags, type RevisionTag } from './revision-tags.js'

/** Who would be left without a control plane if a revision went. */
export interface Served {
  /** Namespaces that ask for it, and pods whose sidecar it made. What is ambient is served through the proxy of its node. */
  members: Members
  gateways: GatewayPod[]
  tags: RevisionTag[]
}

/** Looks at everybody whom a revision serves. */
export async function findServed(session: ClusterSession, { revision }: Place): Promise<Served> {
  const [{ namespaces, pods }, gateways, tags] = await Promise.all([
    findRevisionMembers(session, catalog, revision),
    findGatewayPods(session, catalog),
    findTags(session),
  ])
  const isSidecar = ({ mode }: Member) => mode === 'sidecar'
  return {
    members: { namespaces: namespaces.filter(isSidecar), pods: pods.filter(isSidecar) },
    gateways: gateways.filter((each) => each.revision === revision),
    tags: tags.filter((tag) => tag.revision === revision),
  }
}

/** One error for each kind of those who are served. `moving`: releases that the plan itself takes to the successor. */
export function servedFindings({ members, gateways, tags }: Served, place: Place, moving: readonly InstalledRelease[]): Finding[] {
  const isMoving = ({ pod }: GatewayPod) =>
    moving.some(({ release, namespace }) => namespace === pod.metadata.namespace && isOf(release, pod))
  return [
    ...memberFindings(members, place),
    ...tags.map((tag) => tagFinding(tag, place)),
    ...gateways.filter((gateway) => !isMoving(gateway)).map((gateway) => gatewayFinding(gateway, place)),
  ]
}

/** Looks once more, before the control plane goes, that nobody is served by it. Throws `members-left` otherwise. */
export function servedStep(session: ClusterSession, { place, successor }: { place: Place; successor: string }): Step {
  const find = async () => servedFindings(await findServed(session, place), place, [])
  return {
    key: 'served',
    title: `Check that revision ${place.revision} serves no proxy any more`,
    component: 'members',
    kind: 'wait',
    equivalent: '',
    preview: async () => ({ hooks: [], objects: [], findings: [], facts: [] }),
    run: async ({ log }) => {
      const [first, ...more] = await find()
      if (first === undefined) return log('info', `Revision ${place.revision} serves nobody any more.`)
      throw new AdapterError('members-left', first.message, {
        cause: [first.cause, ...more.map(({ message }) => message)].filter(Boolean).join(' '),
        remedy: `${first.remedy} Revision ${successor} serves all that have moved; then retry the operation.`,
      })
    },
    inspect: async () => {
      const left = (await find()).length
      return { state: left === 0 ? 'done' : 'untouched', detail: left === 0 ? 'nobody is served any more' : 'somebody is served still' }
    },
  }
}

// Istio's gateway chart calls the workload after its release.
function isOf(release: string, { metadata: { labels = {}, name = '' } }: GatewayPod['pod']): boolean {
  return labels['app.kubernetes.io/instance'] === release || name.startsWith(`${release}-`)
}

const listed = 10

function memberFindings({ namespaces, pods }: Members, { revision }: Place): Finding[] {
  if (namespaces.length + pods.length === 0) return []
  const places = [
    ...namespaces.map(({ object }) => object.metadata.name ?? ''),
    ...pods.map(({ object }) => object.metadata.namespace ?? ''),
  ]
  const names = [...new Set(places)].sort()
  return [
    errorFinding({
      code: 'members-left',
      message: `Revision ${revision} still serves ${count(pods.length, 'pod')}, and ${count(namespaces.length, 'namespace')} ask for it.`,
      cause: `In ${someNames(names, listed)}.`,
      remedy: 'Let these namespaces join the successor, which restarts their workloads; make pods that nothing restarts anew.',
    }),
  ]
}

function tagFinding({ tag, webhook, release }: RevisionTag, { revision }: Place): Finding {
  const remedy = release
    ? `Let its namespaces join the successor, then take ${tag} out of the revisionTags of release ${release}.`
    : tag === 'default'
      ? 'Point it with what made it: istioctl tag set default --overwrite --revision, and the successor.'
      : `Point tag ${tag} at the successor first.`
  return errorFinding({
    code: 'tag-points-here',
    message: `Tag ${tag} points at revision ${revision}.`,
    cause: 'Without its control plane the webhook of the tag refuses every new pod of the namespaces that ask for it.',
    remedy,
    object: refOf(webhook),
  })
}

function gatewayFinding({ pod }: GatewayPod, { revision }: Place): Finding {
  return errorFinding({
    code: 'gateway-served',
    message: `${nameOf(pod)} is a gateway that revision ${revision} serves.`,
    remedy: 'Let it ask for the successor by the label istio.io/rev, or for its tag, and restart it.',
    object: refOf(pod),
  })
}
