import { type DefinitionOwner, ownerOfDefinition } from '../../installers/definition-owner.js'
import type { KubeObject } from '../../kube/kube-object.js'
import type { Finding } from '../../proto/gen/meshwright/adapter/v1/adapter.js'
import type { ClusterSession } from './cluster-session.js'
import { marksOf } from './custom-definition.js'
import { compareDefinitions, type DefinitionDifference } from './definition-age.js'
import { groupBy } from './group-by.js'
import { keyOf } from './judge-object.js'
import { refOf } from './manifests.js'
import { mapAtOnce } from './map-at-once.js'
import { errorFinding, warningFinding } from './plan-findings.js'
import { isDefinition } from './release-manifest.js'
import { someNames } from './some-names.js'
import { whenForbidden } from './when-forbidden.js'

/** The release that brings definitions. */
export interface BringingRelease {
  release: string
  namespace: string
  /**
   * Who brings what lies in a chart's crds/ folder: helm applies it on the server with the first revision of a release, and never
   * again (helm 4: pkg/action/install.go, installCRDs); an upgrade of ours does it in a step before; else nobody.
   */
  raw: 'helm' | 'step' | 'nobody'
  /** It takes over what belongs to nobody's release. */
  adopts: boolean
}

/** A definition of a chart that the cluster has already. */
export interface PresentDefinition {
  live: KubeObject
  /** From the chart's crds/ folder, which helm brings once and never again. */
  isRaw: boolean
  owner: DefinitionOwner
  difference: DefinitionDifference
}

const readAtOnce = 6

/** Definitions of a chart that are in the cluster already: whose they are, and whether they are older or newer than the chart's. */
export async function presentDefinitionFindings(
  session: ClusterSession,
  rendered: readonly KubeObject[],
  release: BringingRelease,
): Promise<Finding[]> {
  const present = await mapAtOnce(readAtOnce, rendered.filter(isDefinition), async (wanted): Promise<PresentDefinition[]> => {
    const live = await whenForbidden(session.get(keyOf(wanted)), undefined)
    if (live === undefined) return []
    const isRaw = wanted.metadata.annotations?.['meta.helm.sh/release-name'] === undefined
    return [{ live, isRaw, owner: ownerOfDefinition(marksOf(live)), difference: compareDefinitions(live, wanted) }]
  })
  return judgeDefinitions(present.flat(), release)
}

/** One finding for each owner whose definitions stand in the way, one for what is older and one for what is newer. */
export function judgeDefinitions(present: readonly PresentDefinition[], release: BringingRelease): Finding[] {
  const { raw, adopts } = release
  const full = `${release.namespace}/${release.release}`
  const others = present.filter(({ isRaw, owner }) =>
    // What lies in crds/ belongs to no release; who reconciles it brings back what our step changes.
    isRaw ? owner.reconciles && raw === 'step' : owner.release !== full && (!adopts || owner.reconciles || owner.release !== ''),
  )
  const older = present.filter(
    ({ isRaw, difference }) => isRaw && raw === 'nobody' && difference.live.length === 0 && difference.wanted.length > 0,
  )
  const more = present.filter(({ difference }) => difference.live.length > 0 && difference.wanted.length === 0)
  // What the release itself brought, or a step of ours takes to the chart, is not newer: its next chart may have dropped fields.
  const isOwn = ({ isRaw, owner }: PresentDefinition) => (isRaw ? raw === 'step' : owner.release === full)
  const newer = more.filter((each) => !isOwn(each))
  const dropping = more.filter(isOwn)
  return [
    ...[...groupBy(others, ({ owner }) => owner.name).values()].map((group) => ofOthers(group, release)),
    ...(older.length > 0 ? [olderFinding(older, release)] : []),
    ...(newer.length > 0 ? [newerFinding(newer, release)] : []),
    ...(dropping.length > 0 ? [droppingFinding(dropping, release)] : []),
  ]
}

function ofOthers(group: readonly PresentDefinition[], { release, namespace }: BringingRelease): Finding {
  const [first] = group
  const { name = '', where = '', reconciles = false, release: holder = '' } = first?.owner ?? {}
  const names = group.map(({ live }) => live.metadata.name).join(' ')
  const byHand = `kubectl label customresourcedefinition ${names} app.kubernetes.io/managed-by=Helm --overwrite; kubectl annotate customresourcedefinition ${names} meta.helm.sh/release-name=${release} meta.helm.sh/release-namespace=${namespace} --overwrite`
  const elsewhere =
    holder !== ''
      ? `Upgrade or uninstall ${name} instead, or install under its name.`
      : `Give them to the release: ${byHand}. Then plan again.`
  return errorFinding({
    code: 'definitions-of-others',
    message: `${listed(group)} that release ${release} brings ${are(group)} there and belong${group.length === 1 ? 's' : ''} to ${name}.`,
    cause: reconciles ? `${name} brings back what others change in them.` : 'helm changes no object that is not of its own release.',
    remedy: reconciles ? `Change them there: ${where}. Or make ${name} give them up first.` : elsewhere,
    ...objectOf(first),
  })
}

function olderFinding(older: readonly PresentDefinition[], { release }: BringingRelease): Finding {
  const reconciler = older.find(({ owner }) => owner.reconciles)?.owner
  return warningFinding({
    code: 'definitions-older',
    message: `${listed(older)} in this cluster ${are(older)} older than what release ${release} brings, and helm leaves ${older.length === 1 ? 'it' : 'them'} so.`,
    cause: `${origin(older)} ${missing(older, 'wanted', 'is not in it')}`,
    remedy: reconciler
      ? `Bring them to the chart's version where ${reconciler.name} takes them from: ${reconciler.where}.`
      : "Bring them to the chart's version first: helm show crds <chart> | kubectl apply --server-side --force-conflicts -f -",
    ...objectOf(older[0]),
  })
}

function newerFinding(newer: readonly PresentDefinition[], { release, raw }: BringingRelease): Finding {
  const stay = raw === 'nobody' && newer.every(({ isRaw }) => isRaw)
  return warningFinding({
    code: 'definitions-newer',
    message: `${listed(newer)} in this cluster ${are(newer)} newer than what release ${release} brings.`,
    cause: `${origin(newer)} ${missing(newer, 'live', 'is not in the chart')}`,
    remedy: stay
      ? 'They stay as they are. Choose the version of the mesh that they came with, or a later one, where its control plane does not get along with them.'
      : 'Choose the version of the mesh that they came with, or a later one: taken back to the chart, they lose these fields, and their objects what stands in them.',
    ...objectOf(newer[0]),
  })
}

function droppingFinding(dropping: readonly PresentDefinition[], { release }: BringingRelease): Finding {
  return warningFinding({
    code: 'definitions-drop-fields',
    message: `What release ${release} brings drops versions or fields of ${listed(dropping)}.`,
    cause: `${origin(dropping)} ${missing(dropping, 'live', 'is not in the chart')}`,
    remedy: 'Look whether your objects use them, in the notes of the version too: what stands in a dropped field is lost.',
    ...objectOf(dropping[0]),
  })
}

function listed(group: readonly PresentDefinition[]): string {
  const names = group.map(({ live }) => live.metadata.name ?? '')
  return `${group.length} ${group.length === 1 ? 'definition' : 'definitions'} (${someNames(names, 3)})`
}

function are({ length }: readonly unknown[]): string {
  return length === 1 ? 'is' : 'are'
}

function origin(group: readonly PresentDefinition[]): string {
  return `From ${[...new Set(group.map(({ owner }) => owner.name))].join(', ')}.`
}

function missing([first]: readonly PresentDefinition[], side: keyof DefinitionDifference, where: string): string {
  return `For example ${first?.difference[side][0]} of ${first?.live.metadata.name} ${where}.`
}

function objectOf(first: PresentDefinition | undefined) {
  return first ? { object: refOf(first.live) } : {}
}
