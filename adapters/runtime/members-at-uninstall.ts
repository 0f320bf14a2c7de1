import type { Confirmation, Finding } from '../../proto/gen/meshwright/adapter/v1/adapter.js'
import type { Catalog } from './catalog.js'
import { count } from './count.js'
import type { Member, Members } from './find-members.js'
import { leaveMeshStep } from './leave-mesh-step.js'
import { nameOf, refOf } from './manifests.js'
import { looseFindings, unreadyFindings } from './membership-findings.js'
import { lookAtPlace, type Place } from './membership-places.js'
import { membershipSteps } from './membership-steps.js'
import type { Scene, Step } from './mesh-adapter.js'
import { relaxPoliciesStep, type StrictPolicy } from './relax-policies-step.js'
import { toRoll } from './roll-namespace-step.js'
import { someNames } from './some-names.js'

/** The parameter of every uninstall: let the members leave first, or leave them as they are. */
export const membersParameter = {
  enum: ['leave', 'keep'],
  default: 'leave',
  title: 'Members',
  description: 'leave: their marks are taken away and their workloads restarted before anything is removed. keep: they stay as they are.',
}

/** `find` tells who is in the mesh; it is asked for the plan, and once more before the first part of the mesh goes. */
export interface MembersOptions {
  find: () => Promise<Members>
  /** The policies by which members would refuse those that have left. */
  findStrict: () => Promise<readonly StrictPolicy[]>
  choice: 'leave' | 'keep'
  timeoutMs: number
}

/** What an uninstall does about members before all else: a mesh that goes while pods depend on it takes their network along. */
export async function membersAtUninstall(
  scene: Scene,
  catalog: Catalog,
  { find, findStrict, choice, timeoutMs }: MembersOptions,
): Promise<{ steps: Step[]; findings: Finding[]; confirmations: Confirmation[] }> {
  const members = await find()
  const gate = (mayStay: (name: string) => boolean) =>
    leaveMeshStep({ title: 'Check that no member is left', component: 'members', find, mayStay })
  if (choice === 'keep') return { steps: [gate(() => true)], findings: [], confirmations: confirmStaying(members) }
  const wish = { to: 'leave' as const }
  const names = [...new Set([...members.namespaces, ...members.pods].map(namespaceOf))].sort()
  const looked = await Promise.all(names.map((name) => lookAtPlace(scene, catalog, { name, wish, webhooks: undefined })))
  const places = looked.filter((place) => place !== undefined)
  const loose = new Set(places.flatMap(({ applications }) => applications.loose.map(({ pod }) => nameOf(pod))))
  const staying = members.pods.filter(({ object }) => loose.has(nameOf(object)))
  const policies = places.length > 0 ? await findStrict() : []
  return {
    steps: [
      ...(policies.length > 0 ? [relaxPoliciesStep(scene, { policies, find: findStrict })] : []),
      ...membershipSteps(scene, catalog, { places, wish, restart: true, timeoutMs }),
      gate((name) => loose.has(name)),
    ],
    findings: places.flatMap((place) => [...looseFindings(catalog, place), ...unreadyFindings(catalog, place)]),
    confirmations: [...confirmLeaving(catalog, places, policies), ...confirmStaying({ namespaces: [], pods: staying })],
  }
}

function namespaceOf({ object: { kind, metadata } }: Member): string {
  return (kind === 'Namespace' ? metadata.name : metadata.namespace) ?? ''
}

function confirmLeaving(catalog: Catalog, places: readonly Place[], policies: readonly StrictPolicy[]): Confirmation[] {
  if (places.length === 0) return []
  const rolls = places.map(({ name, applications, expected }) => {
    const workloads = toRoll(catalog, applications, expected)
    const pods = applications.workloads.filter(({ workload }) => workloads.includes(workload)).flatMap((each) => each.pods)
    return { name, workloads, pods: pods.length }
  })
  const pods = rolls.reduce((sum, roll) => sum + roll.pods, 0)
  const where = rolls.map(({ name, workloads, pods: inside }) => `${name}: ${count(workloads.length, 'workload')}, ${count(inside, 'pod')}`)
  const strict = policies.map(({ object }) => nameOf(object)).join(', ')
  const plain = strict ? ` Before that, ${strict} will take plain calls too, and stays so.` : ''
  const text = `${count(places.length, 'namespace')} with ${count(pods, 'pod')} will leave ${catalog.title} before it goes (${where.join('; ')}). Their marks are taken away and their workloads restarted, one namespace after the other; encryption and rules of the mesh end for them.${plain}`
  return [{ code: 'members-leave', text, destructive: true, objects: rolls.flatMap(({ workloads }) => workloads.map(refOf)).slice(0, 200) }]
}

/** Going on with members left needs a yes to a text that names them. */
function confirmStaying({ namespaces, pods }: Members): Confirmation[] {
  if (namespaces.length === 0 && pods.length === 0) return []
  const places = [...new Set(pods.map(({ object }) => object.metadata.namespace ?? ''))]
  const names = namespaces.map(({ object }) => object.metadata.name ?? '')
  const all = [...new Set([...places, ...names])].sort()
  const podText = `${pods.length} ${pods.length === 1 ? 'pod is' : 'pods are'} still in the mesh`
  const namespaceText = `${names.length} ${names.length === 1 ? 'namespace asks' : 'namespaces ask'} for it`
  return [
    {
      code: 'members-left',
      text: `${podText} and ${namespaceText} (${someNames(all, 10)}). Without a control plane their sidecars get no new configuration and no new certificates, and stop working when these expire; restart them after opting out.`,
      destructive: true,
      objects: [...namespaces, ...pods].map(({ object }) => refOf(object)).slice(0, 200),
    },
  ]
}
