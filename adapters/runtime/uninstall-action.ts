import { z } from 'zod'
import { isAllowed } from '../../installers/installer-table.js'
import type { KubeObject } from '../../kube/kube-object.js'
import type { Finding } from '../../proto/gen/meshwright/adapter/v1/adapter.js'
import { confirmLost, findBrought, keptFindings } from './brought-definitions.js'
import type { Catalog } from './catalog.js'
import { type ChartMesh, defaultRevision, type Leaving, type Place } from './chart-mesh.js'
import { readDefinition } from './custom-definition.js'
import { definitionsParameter, findKept, type KeptRemoval, removeKept } from './definitions-at-uninstall.js'
import { deleteStep } from './delete-step.js'
import type { DroppedDefinition } from './dropped-definitions.js'
import { exportStep } from './export-step.js'
import { heldRemedy } from './held-remedy.js'
import { findInstalled, type Installed, type InstalledRelease } from './installed-releases.js'
import { foreignFindings } from './judge-control-planes.js'
import { keepInReleaseStep } from './keep-in-release-step.js'
import { expectedLeftovers } from './leftovers.js'
import { membersAtUninstall, membersParameter } from './members-at-uninstall.js'
import type { Action, Scene, Step } from './mesh-adapter.js'
import { findRevisionMembers } from './mesh-members.js'
import { paramsSchema, timeoutParameter } from './parameters-schema.js'
import { errorFinding, infoFinding } from './plan-findings.js'
import { uninstallReleaseStep } from './uninstall-release-step.js'
import { findClosedWebhooks, webhooksFirst } from './webhooks-first.js'

const Params = z.object({
  timeoutSeconds: z.number().default(300),
  members: z.enum(['leave', 'keep']).default('leave'),
  definitions: z.enum(['keep', 'remove']).default('keep'),
})

/**
 * Members leave first; then webhooks that would refuse objects of others go, then the releases in the reverse of their order,
 * so that nothing loses what it still asks for; what the charts keep of the definitions comes last, when it is asked for.
 */
export function uninstallAction({ catalog, outside, strict, ahead, beside }: ChartMesh): Action {
  return {
    key: 'uninstall',
    title: `Uninstall ${catalog.title}`,
    category: 'uninstall',
    scope: 'cluster',
    destructive: true,
    requires: ['installation'],
    handling: 'uninstall',
    parametersSchema: paramsSchema({ members: membersParameter, definitions: definitionsParameter, timeoutSeconds: timeoutParameter }),
    prepare: async (call, scene) => {
      const { session } = scene
      const { timeoutSeconds, ...choices } = Params.parse(call.parameters.params ?? {})
      const timeoutMs = timeoutSeconds * 1000
      const place = { namespace: call.target.namespace || catalog.namespace, revision: call.target.revision || defaultRevision }
      const installed = await findInstalled(session, catalog, place)
      const { planes, others } = installed
      const releases = installed.releases.toReversed()
      const webhooks = await findClosedWebhooks(scene, releases)
      const removals = await Promise.all(releases.map((release) => planRemoval(scene, { catalog, release, webhooks, timeoutSeconds })))
      const kept = await planKept(scene, catalog, { choice: choices.definitions, installed, removals, timeoutMs })
      const going = new Set([...removals.flatMap((removal) => removal.going), ...kept.going])
      const namespaces = [...new Set(releases.map((release) => release.namespace))]
      const [helm, leftovers] = await Promise.all([scene.releases.check(), expectedLeftovers(session, catalog, { namespaces, going })])
      const findings = [
        ...helm,
        ...foreignFindings(catalog, [...planes, ...releases], 'uninstall'),
        ...(kept.going.length > 0 ? [] : absentFindings(catalog, installed, place)),
        ...sharedFindings(others),
      ]
      if (removals.length === 0) {
        const { last: steps, confirmations } = kept
        return { steps, findings: [...findings, ...kept.findings], confirmations, leftovers, inputs: {} }
      }
      const find = () => findRevisionMembers(session, catalog, others.length > 0 ? place.revision : undefined)
      // With another control plane there, its members live by the same policies.
      const findStrict = async () => (others.length > 0 ? [] : ((await strict?.(session)) ?? []))
      const leaving = { place, others, releases, timeoutMs }
      const parts = [
        await aheadOf(ahead, scene, { leaving, choice: choices.members }),
        await membersAtUninstall(scene, catalog, { find, findStrict, choice: choices.members, timeoutMs }),
        onlySteps(webhooksFirst(scene, { webhooks, timeoutMs })),
        await beside?.(scene, leaving),
        onlySteps(outsideStep(scene, { objects: (await outside?.(scene, place)) ?? [], catalog, timeoutSeconds })),
        onlySteps(kept.first),
        ...removals,
        { ...kept, steps: kept.last },
      ].filter((part) => part !== undefined)
      return {
        steps: parts.flatMap(({ steps }) => steps),
        findings: [...findings, ...parts.flatMap((part) => part.findings)],
        confirmations: parts.flatMap(({ confirmations }) => confirmations),
        leftovers,
        inputs: {},
      }
    },
  }
}

/** Members that stay keep what their traffic goes through; what nobody serves any more is told of all the same. */
async function aheadOf(
  ahead: ChartMesh['ahead'],
  scene: Scene,
  { leaving, choice }: { leaving: Leaving; choice: 'leave' | 'keep' },
): ReturnType<NonNullable<ChartMesh['ahead']>> {
  const found = (await ahead?.(scene, leaving)) ?? onlySteps([])
  return choice === 'leave' ? found : { steps: [], findings: found.findings, confirmations: [] }
}

function onlySteps(steps: Step[]) {
  return { steps, findings: [], confirmations: [] }
}

interface Keeping {
  choice: 'keep' | 'remove'
  installed: Installed
  removals: readonly { going: string[] }[]
  timeoutMs: number
}

const nothingRemoved = { first: [], last: [], findings: [], confirmations: [], going: [] }

/** What the charts leave of the definitions goes when that is asked for, and no other control plane uses it. */
async function planKept(
  scene: Scene,
  catalog: Catalog,
  { choice, installed: { planes, others, releases }, removals, timeoutMs }: Keeping,
): Promise<KeptRemoval & { going: string[] }> {
  if (choice === 'keep' || others.length > 0) return nothingRemoved
  if (planes.length > 0 && releases.length === 0) return { ...nothingRemoved, findings: [inUse(catalog, planes)] }
  const definitions = await findKept(scene, catalog, new Set(removals.flatMap(({ going }) => going)))
  const removed = await removeKept(scene, catalog, { definitions, isAnswered: releases.length > 0, timeoutMs })
  return { ...removed, going: definitions.map(({ metadata }) => metadata.name ?? '') }
}

/** Without a release to take away nobody has asked whoever runs there to stop. */
function inUse({ title }: Catalog, planes: Installed['planes']): Finding {
  const where = [...new Set(planes.map(({ namespace }) => namespace))].join(', ')
  return errorFinding({
    code: 'definitions-in-use',
    message: `The definitions of ${title} stay: its pods run in namespace ${where}, and no release of helm holds them.`,
    remedy: 'Wait until the pods are gone, or remove what runs them, then plan again.',
  })
}

/** That nothing of the installation is there. What others installed is there, and told of elsewhere. */
export function absentFindings({ title }: Catalog, { planes, releases }: Installed, { namespace, revision }: Place): Finding[] {
  if (releases.length > 0 || planes.some(({ installer }) => !isAllowed(installer, 'uninstall'))) return []
  const message = `There is no ${title} in namespace ${namespace}, revision ${revision}.`
  return [errorFinding({ code: 'installation-absent', message, remedy: 'Choose an installation that is listed.' })]
}

interface Removal {
  catalog: Catalog
  release: InstalledRelease
  webhooks: readonly KubeObject[]
  timeoutSeconds: number
}

/** What is everybody's is marked to be kept before helm is asked; what is the mesh's own goes with a yes to the counts. */
async function planRemoval(scene: Scene, { catalog, release: installed, webhooks, timeoutSeconds }: Removal) {
  const { name, component, release, namespace } = installed
  const { own, others } = await findBrought(scene, catalog, installed)
  const uninstall = uninstallReleaseStep(scene, {
    ...{ key: name, title: `Uninstall ${component.title} ${release}`, component: component.component },
    ...{ release, namespace },
    keeps: others.map(({ definition }) => definition.metadata.name ?? ''),
    gone: webhooks,
    timeoutMs: timeoutSeconds * 1000,
  })
  const keep = others.length > 0 ? [keepInReleaseStep(scene, installed, others)] : []
  const objects = catalog.finalizers.length > 0 ? own.flatMap((each) => each.objects ?? []) : []
  const clear = objects.length > 0 ? [clearStep(scene, { name, objects, catalog, timeoutSeconds })] : []
  return {
    steps: [...keep, ...exportSteps(scene, { name, mesh: catalog.mesh, own }), ...clear, uninstall],
    findings: keptFindings(others),
    confirmations: confirmLost(release, own),
    going: own.map(({ definition }) => definition.metadata.name ?? ''),
  }
}

/** What goes with the release is somebody's work: it is in a file before anything goes. */
function exportSteps(scene: Scene, { name, mesh, own }: { name: string; mesh: string; own: readonly DroppedDefinition[] }): Step[] {
  const used = own.filter(({ objects }) => objects?.length !== 0)
  if (used.length === 0) return []
  return [
    exportStep(scene, {
      ...{ key: `export-${name}`, title: `Export the objects of ${used.length} kinds`, component: name, file: `${mesh}-${name}` },
      kinds: used.map(({ definition }) => readDefinition(definition).read),
    }),
  ]
}

interface Deletion {
  objects: KubeObject[]
  catalog: Catalog
  timeoutSeconds: number
}

function outsideStep(scene: Scene, { objects, catalog, timeoutSeconds }: Deletion): Step[] {
  if (objects.length === 0) return []
  return [
    deleteStep(scene, {
      ...{ key: 'outside', title: `Delete ${objects.length} objects of ${catalog.title} that no release holds`, component: '' },
      ...{ objects, heldRemedy: heldRemedy(catalog) },
      timeoutMs: timeoutSeconds * 1000,
      equivalent: '',
    }),
  ]
}

/** Objects with a finalizer of the mesh's wait for its controller: it must still be there. */
function clearStep(scene: Scene, { name, objects, catalog, timeoutSeconds }: Deletion & { name: string }): Step {
  return deleteStep(scene, {
    ...{ key: `objects-${name}`, title: `Delete ${objects.length} objects while their controller is there`, component: name },
    ...{ objects, heldRemedy: heldRemedy(catalog) },
    timeoutMs: timeoutSeconds * 1000,
    equivalent: '',
  })
}

function sharedFindings(others: Installed['others']): Finding[] {
  return others.map(({ namespace, revision }) =>
    infoFinding({
      code: 'base-kept',
      message: `The definitions stay: revision ${revision} in namespace ${namespace} uses them too.`,
      remedy: 'They go with the last revision.',
    }),
  )
}
