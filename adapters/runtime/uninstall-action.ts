import { z } from 'zod'
import { isAllowed } from '../../installers/installer-table.js'
import type { KubeObject } from '../../kube/kube-object.js'
import type { Finding } from '../../proto/gen/meshwright/adapter/v1/adapter.js'
import { confirmLost, findBrought, keptFindings } from './brought-definitions.js'
import type { Catalog } from './catalog.js'
import { type ChartMesh, defaultRevision, type Place } from './chart-mesh.js'
import { readDefinition } from './custom-definition.js'
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

const Params = z.object({ timeoutSeconds: z.number().default(300), members: z.enum(['leave', 'keep']).default('leave') })

/** Members leave first; then the releases in the reverse of their order, so that nothing loses what it still asks for. */
export function uninstallAction({ catalog, outside, strict, beside }: ChartMesh): Action {
  return {
    key: 'uninstall',
    title: `Uninstall ${catalog.title}`,
    category: 'uninstall',
    scope: 'cluster',
    destructive: true,
    requires: ['installation'],
    handling: 'uninstall',
    parametersSchema: paramsSchema({ members: membersParameter, timeoutSeconds: timeoutParameter }),
    prepare: async (call, scene) => {
      const { session } = scene
      const { timeoutSeconds, members: choice } = Params.parse(call.parameters.params ?? {})
      const place = { namespace: call.target.namespace || catalog.namespace, revision: call.target.revision || defaultRevision }
      const installed = await findInstalled(session, catalog, place)
      const { planes, others } = installed
      const releases = installed.releases.toReversed()
      const find = () => findRevisionMembers(session, catalog, others.length > 0 ? place.revision : undefined)
      // With another control plane there, its members live by the same policies.
      const findStrict = async () => (others.length > 0 ? [] : ((await strict?.(session)) ?? []))
      const members = await membersAtUninstall(scene, catalog, { find, findStrict, choice, timeoutMs: timeoutSeconds * 1000 })
      const namespaces = [...new Set(releases.map((release) => release.namespace))]
      const [helm, leftovers] = await Promise.all([scene.releases.check(), expectedLeftovers(session, catalog, namespaces)])
      const foreign = foreignFindings(catalog, [...planes, ...releases], 'uninstall')
      const findings = [...helm, ...foreign, ...absentFindings(catalog, installed, place), ...sharedFindings(others)]
      const loose = outsideStep(scene, { objects: (await outside?.(scene, place)) ?? [], catalog, timeoutSeconds })
      const extensions = await beside?.(scene, { place, others, timeoutMs: timeoutSeconds * 1000 })
      const removals = await Promise.all(releases.map((release) => planRemoval(scene, { catalog, release, timeoutSeconds })))
      return {
        steps:
          removals.length > 0 ? [...members.steps, ...(extensions?.steps ?? []), ...loose, ...removals.flatMap(({ steps }) => steps)] : [],
        findings: [...findings, ...members.findings, ...(extensions?.findings ?? []), ...removals.flatMap((removal) => removal.findings)],
        confirmations: [
          ...members.confirmations,
          ...(extensions?.confirmations ?? []),
          ...removals.flatMap(({ confirmations }) => confirmations),
        ],
        leftovers,
        inputs: {},
      }
    },
  }
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
  timeoutSeconds: number
}

/** What is everybody's is marked to be kept before helm is asked; what is the mesh's own goes with a yes to the counts. */
async function planRemoval(scene: Scene, { catalog, release: installed, timeoutSeconds }: Removal) {
  const { name, component, release, namespace } = installed
  const { own, others } = await findBrought(scene, catalog, installed)
  const uninstall = uninstallReleaseStep(scene, {
    ...{ key: name, title: `Uninstall ${component.title} ${release}`, component: component.component },
    ...{ release, namespace },
    keeps: others.map(({ definition }) => definition.metadata.name ?? ''),
    timeoutMs: timeoutSeconds * 1000,
  })
  const keep = others.length > 0 ? [keepInReleaseStep(scene, installed, others)] : []
  const objects = catalog.finalizers.length > 0 ? own.flatMap((each) => each.objects ?? []) : []
  const clear = objects.length > 0 ? [clearStep(scene, { name, objects, catalog, timeoutSeconds })] : []
  return {
    steps: [...keep, ...exportSteps(scene, { name, mesh: catalog.mesh, own }), ...clear, uninstall],
    findings: keptFindings(others),
    confirmations: confirmLost(release, own),
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
