import type { KubeObject } from '../../../kube/kube-object.js'
import type { AccessQuestion } from '../../../kube/review-access.js'
import type { Finding } from '../../../proto/gen/meshwright/adapter/v1/adapter.js'
import type { ClusterSession } from '../../runtime/cluster-session.js'
import { count } from '../../runtime/count.js'
import { nameOf, refOf } from '../../runtime/manifests.js'
import { errorFinding, infoFinding } from '../../runtime/plan-findings.js'
import { looseFinding, notReadyFindings } from '../../runtime/roll-findings.js'
import { whenForbidden } from '../../runtime/when-forbidden.js'
import { issuerName, rootsName } from '../identity-objects.js'
import { type IdentityOwners, ownedFindings } from '../identity-owners.js'
import { checkIssuer } from '../issuer-findings.js'
import type { OwnAnchor } from './own-anchor.js'
import type { ProxyNamespace } from './restart-steps.js'
import type { Rotation, RotationPlace } from './rotation-state.js'

/** Whether there is an identity that may be changed from here, and that holds together. */
export function identityFindings(
  { namespace }: RotationPlace,
  { planned, owners, plane }: { planned: Rotation | undefined; owners: IdentityOwners; plane: readonly KubeObject[] },
): Finding[] {
  if (planned === undefined) {
    return [
      errorFinding({
        code: 'identity-incomplete',
        message: `There is no identity in ${namespace} whose anchor could be rotated.`,
        cause: `Secret ${issuerName} or ConfigMap ${rootsName} is not there.`,
        remedy: 'Install Linkerd first, or name the namespace that it is in.',
      }),
    ]
  }
  const findings = [
    ...checkIssuer(namespace, { issuer: planned.issuer, owner: owners.issuer }),
    ...ownedFindings({ roots: owners.roots }),
    ...(plane.length === 0
      ? [errorFinding({ code: 'control-plane-absent', message: `There is no control plane of Linkerd in ${namespace}.` })]
      : []),
  ]
  const { signing, anchors } = planned
  const isTrusted = signing !== undefined && anchors.some((anchor) => signing.isSignedBy(anchor))
  if (findings.length > 0 || isTrusted) return findings
  return [
    errorFinding({
      code: 'issuer-not-anchored',
      message: 'The issuer is signed by none of the anchors in the bundle.',
      cause: 'Proxies refuse what it issues already, so that they could not be led over to another anchor.',
      remedy: 'Mend this first: renew the issuer with an anchor of the bundle.',
    }),
  ]
}

const sharing = [
  ...['v1alpha3', 'v1alpha2', 'v1alpha1'].map((version) => ({ apiVersion: `multicluster.linkerd.io/${version}`, kind: 'Link' })),
  { apiVersion: 'workload.linkerd.io/v1beta1', kind: 'ExternalWorkload' },
]

/** Other clusters and machines outside trust the same anchor, and nothing that is done here reaches them. */
export async function sharedFindings(session: ClusterSession): Promise<Finding[]> {
  const lists = await Promise.all(sharing.map((kind) => whenForbidden(session.list(kind, { metadataOnly: true }), [])))
  const found = [...new Map(lists.flat().map((object) => [nameOf(object), object])).values()]
  const [first] = found
  if (first === undefined) return []
  return [
    errorFinding({
      code: 'anchor-shared',
      message: `${count(found.length, 'partner')} outside of this cluster ${found.length === 1 ? 'trusts' : 'trust'} the same anchor: ${found.slice(0, 10).map(nameOf).join(', ')}.`,
      cause: 'They would have to get the new anchor before the new issuer signs, and cannot be reached from here.',
      remedy: "Rotate by hand on all sides, as Linkerd's documentation says, or take these objects away first.",
      object: refOf(first),
    }),
  ]
}

/** Whether the user's anchor fits what is there: another one than now, and that of the rotation that is under way. */
export function ownFindings(own: OwnAnchor | undefined, { signing, note, next, anchor }: Rotation): Finding[] {
  if (own === undefined) return []
  const isBegun = note !== undefined || next !== undefined
  if (isBegun && anchor?.fingerprint !== own.facts.fingerprint) {
    const message = `A rotation to another anchor is under way: ${anchor?.subject} (${anchor?.fingerprint.slice(0, 16)}).`
    return [errorFinding({ code: 'rotation-open', message, remedy: 'Let that one end first: plan again without an anchor.' })]
  }
  if (isBegun || !signing?.isSignedBy(own.facts)) return []
  const message = 'This anchor is the one that is in use.'
  return [errorFinding({ code: 'anchor-in-use', message, cause: own.facts.subject, remedy: 'Give another one, or none to have it made.' })]
}

/** What the user should know of members and anchors before it begins. */
export function memberFindings(
  planned: Rotation,
  { namespaces, lastRestart, own }: { namespaces: readonly ProxyNamespace[]; lastRestart: boolean; own: OwnAnchor | undefined },
): Finding[] {
  const remedy =
    'The new issuer does not sign, and the old anchor does not go, before they are gone or made anew: the operation stops there and says so. Make them anew, then retry; it goes on where it was.'
  const workloads = namespaces.flatMap(({ applications }) => applications.workloads.map(({ workload }) => workload))
  return [
    ...(planned.note || planned.next ? [underWayFinding(planned)] : []),
    ...namespaces.flatMap(({ name, applications }) => looseFinding(name, applications.loose, remedy)),
    ...notReadyFindings(workloads),
    ...droppedFinding(planned, { lastRestart, kept: planned.anchor?.fingerprint ?? own?.facts.fingerprint }),
  ]
}

function underWayFinding({ anchor }: Rotation): Finding {
  return infoFinding({
    code: 'rotation-under-way',
    message: `A rotation is under way and goes on: its anchor is ${anchor?.subject} (${anchor?.fingerprint.slice(0, 16)}).`,
    cause: 'An earlier operation has begun it.',
    remedy: 'Nothing: no other anchor is made, and its key is in the file which that operation handed out.',
  })
}

function droppedFinding({ anchors }: Rotation, { lastRestart, kept }: { lastRestart: boolean; kept: string | undefined }): Finding[] {
  const old = anchors.filter(({ fingerprint }) => fingerprint !== kept)
  if (old.length === 0) return []
  const names = old.map(({ subject, fingerprint }) => `${subject} (${fingerprint.slice(0, 16)})`).join(', ')
  const message = `${count(old.length, 'anchor')} will go from the bundle at the end: ${names}.`
  const remedy = 'Nothing, unless somebody outside of this cluster still shows certificates below them.'
  const cause = lastRestart
    ? 'All proxies are restarted once more, and none trusts them afterwards.'
    : 'Running proxies trust them until they are next restarted.'
  return [infoFinding({ code: 'anchors-dropped', message, cause, remedy })]
}

/** What the identity of the connection must be allowed to do; asked before the first step. */
export function neededRights({ namespace }: RotationPlace, namespaces: readonly ProxyNamespace[]): AccessQuestion[] {
  const rights = (resource: string, verbs: string[]) => verbs.map((verb) => ({ verb, group: '', resource, namespace }))
  const restarts = [namespace, ...namespaces.map(({ name }) => name)].flatMap((each) => {
    const kinds = each === namespace ? ['deployments'] : ['deployments', 'statefulsets', 'daemonsets']
    return kinds.map((resource) => ({ verb: 'patch', group: 'apps', resource, namespace: each }))
  })
  return [
    ...rights('secrets', ['get', 'create', 'patch', 'delete']),
    ...rights('configmaps', ['get', 'create', 'patch']),
    { verb: 'list', group: '', resource: 'pods' },
    ...restarts,
  ]
}
