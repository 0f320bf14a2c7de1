import { z } from 'zod'
import { isOurs } from '../../installers/find-installer.js'
import type { Finding } from '../../proto/gen/meshwright/adapter/v1/adapter.js'
import type { Catalog } from './catalog.js'
import { type ChartMesh, defaultRevision, type Place } from './chart-mesh.js'
import { findInstalled, type Installed, type InstalledRelease } from './installed-releases.js'
import { foreignFindings } from './judge-control-planes.js'
import { leaveMeshStep } from './leave-mesh-step.js'
import { expectedLeftovers } from './leftovers.js'
import type { Action, Scene, Step } from './mesh-adapter.js'
import { confirmMembers, findRevisionMembers } from './mesh-members.js'
import { paramsSchema, timeoutParameter } from './parameters-schema.js'
import { errorFinding, infoFinding } from './plan-findings.js'
import { uninstallReleaseStep } from './uninstall-release-step.js'

const Params = z.object({ timeoutSeconds: z.number().default(300) })

/** Members leave first; then the releases in the reverse of their order, so that nothing loses what it still asks for. */
export function uninstallAction({ catalog }: ChartMesh): Action {
  return {
    key: 'uninstall',
    title: `Uninstall ${catalog.title}`,
    category: 'uninstall',
    scope: 'cluster',
    destructive: true,
    requires: ['installation'],
    actsOnInstallers: ['helm', 'meshwright'],
    parametersSchema: paramsSchema({ timeoutSeconds: timeoutParameter }),
    prepare: async (call, scene) => {
      const { session } = scene
      const { timeoutSeconds } = Params.parse(call.parameters.params ?? {})
      const place = { namespace: call.target.namespace || catalog.namespace, revision: call.target.revision || defaultRevision }
      const installed = await findInstalled(session, catalog, place)
      const { planes, others } = installed
      const releases = installed.releases.toReversed()
      const find = () => findRevisionMembers(session, catalog, others.length > 0 ? place.revision : undefined)
      const members = await find()
      const namespaces = [...new Set(releases.map((release) => release.namespace))]
      const [helm, leftovers] = await Promise.all([scene.releases.check(), expectedLeftovers(session, catalog, namespaces)])
      const foreign = foreignFindings(catalog, [...planes, ...releases], 'Remove')
      const findings = [...helm, ...foreign, ...absentFindings(catalog, installed, place), ...sharedFindings(others)]
      const steps = releases.map((release) => uninstallStep(scene, release, timeoutSeconds))
      const leave = leaveMeshStep({ title: 'Check that no member is left', component: 'members', find })
      return { steps: steps.length > 0 ? [leave, ...steps] : [], findings, confirmations: confirmMembers(members), leftovers, inputs: {} }
    },
  }
}

/** That nothing of the installation is there. What others installed is there, and told of elsewhere. */
export function absentFindings({ title }: Catalog, { planes, releases }: Installed, { namespace, revision }: Place): Finding[] {
  if (releases.length > 0 || planes.some(({ installer }) => !isOurs(installer))) return []
  const message = `There is no ${title} in namespace ${namespace}, revision ${revision}.`
  return [errorFinding({ code: 'installation-absent', message, remedy: 'Choose an installation that is listed.' })]
}

function uninstallStep(scene: Scene, { name, component, release, namespace }: InstalledRelease, timeoutSeconds: number): Step {
  return uninstallReleaseStep(scene, {
    ...{ key: name, title: `Uninstall ${component.title} ${release}`, component: component.component },
    ...{ release, namespace },
    timeoutMs: timeoutSeconds * 1000,
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
