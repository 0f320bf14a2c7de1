import type { KubeObject } from '../../../kube/kube-object.js'
import type { Confirmation, Finding } from '../../../proto/gen/meshwright/adapter/v1/adapter.js'
import type { GatewayDefinition } from '../../runtime/gateway-definitions.js'
import { groupBy } from '../../runtime/group-by.js'
import { refOf } from '../../runtime/manifests.js'
import { errorFinding } from '../../runtime/plan-findings.js'

/** Who brings back what others change is the one to ask: two that reconcile the same definitions never come to rest. */
export function refuseReconcilers(present: readonly GatewayDefinition[]): Finding[] {
  return byOwner(present.filter(({ owner }) => owner.reconciles)).map(({ name, where, definitions }) =>
    errorFinding({
      code: 'installer-not-ours',
      message: `${count(definitions)} of the Gateway API belong to ${name}.`,
      cause: `${name} brings back what others change in them.`,
      remedy: `Change them there: ${where}. Or make ${name} give them up first.`,
    }),
  )
}

/** Taking definitions over from another tool needs a yes to a text that names it. */
export function confirmTakeOver(present: readonly GatewayDefinition[], wanted: readonly KubeObject[]): Confirmation[] {
  const names = new Set(wanted.map(({ metadata }) => metadata.name))
  const others = present.filter(({ name, owner }) => names.has(name) && owner.installer !== 'meshwright' && !owner.reconciles)
  if (others.length === 0) return []
  const releases = [...new Set(others.flatMap(({ owner }) => (owner.release === '' ? [] : [owner.release])))]
  const warning = releases.map(
    (release) => ` Uninstalling the helm release ${release} still deletes them, and everybody's routes with them.`,
  )
  return [
    {
      code: 'take-over',
      text: `Meshwright takes over ${describeOwners(others)}. What that tool writes into them later is undone or refused.${warning.join('')}`,
      destructive: false,
      objects: others.map(({ object }) => refOf(object)),
    },
  ]
}

/** The bundles shipped with us are of the standard channel: fields that only the experimental one has go. */
export function confirmChannel(present: readonly GatewayDefinition[]): Confirmation[] {
  const experimental = present.filter(({ channel, name }) => channel === 'experimental' && !name.includes('.x-k8s.io'))
  if (experimental.length === 0) return []
  const names = experimental.map(({ name }) => name.split('.')[0]).join(', ')
  return [
    {
      code: 'channel-change',
      text: `${count(experimental)} are of the experimental channel (${names}) and become those of the standard channel where it has them. Fields that only the experimental channel has are lost from their objects.`,
      destructive: true,
      objects: experimental.map(({ object }) => refOf(object)),
    },
  ]
}

/** `5 definitions from the helm release consul/consul`: where definitions came from, for texts. */
export function describeOwners(definitions: readonly GatewayDefinition[]): string {
  return byOwner(definitions)
    .map(({ name, definitions: own }) => `${count(own)} from ${name}`)
    .join(', ')
}

function byOwner(definitions: readonly GatewayDefinition[]): { name: string; where: string; definitions: GatewayDefinition[] }[] {
  return [...groupBy(definitions, ({ owner }) => owner.name)].map(([name, own]) => ({
    ...{ name, definitions: own },
    where: own[0]?.owner.where ?? '',
  }))
}

function count({ length }: readonly unknown[]): string {
  return length === 1 ? '1 definition' : `${length} definitions`
}
