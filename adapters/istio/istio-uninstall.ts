import { z } from 'zod'
import { installerName, isOurs } from '../../installers/find-installer.js'
import type { Finding } from '../../proto/gen/meshwright/adapter/v1/adapter.js'
import { latestRelease } from '../runtime/helm-releases.js'
import { leaveMeshStep } from '../runtime/leave-mesh-step.js'
import { expectedLeftovers } from '../runtime/leftovers.js'
import type { Action, Call, Scene } from '../runtime/mesh-adapter.js'
import { paramsSchema, timeoutParameter } from '../runtime/parameters-schema.js'
import { errorFinding, infoFinding } from '../runtime/plan-findings.js'
import { uninstallReleaseStep } from '../runtime/uninstall-release-step.js'
import { istioCatalog } from './istio-catalog.js'
import { confirmMembers, findIstioMembers } from './istio-members.js'
import {
  type ControlPlane,
  defaultRevision,
  findControlPlanes,
  findGateways,
  type IstioRelease,
  releaseOf,
  revisionOf,
} from './istio-presence.js'

const Params = z.object({ timeoutSeconds: z.number().default(300) })

/** Members leave first; then gateway → istiod → base, so that nothing loses what it still asks for. */
export const uninstallIstio: Action = {
  key: 'uninstall',
  title: 'Uninstall Istio',
  category: 'uninstall',
  scope: 'cluster',
  destructive: true,
  requires: ['installation'],
  actsOnInstallers: ['helm', 'meshwright'],
  parametersSchema: paramsSchema({ timeoutSeconds: timeoutParameter }),
  prepare: async (call, scene) => {
    const { session } = scene
    const { timeoutSeconds } = Params.parse(call.parameters.params ?? {})
    const target = { namespace: call.target.namespace || istioCatalog.namespace, revision: call.target.revision || defaultRevision }
    const planes = await findControlPlanes(session)
    const others = planes.filter((plane) => plane.namespace !== target.namespace || plane.revision !== target.revision)
    const releases = await findReleases(scene, { target, planes, others })
    const members = await findIstioMembers(session, others.length > 0 ? target.revision : undefined)
    const namespaces = [...new Set(releases.map((release) => release.namespace))]
    const [helm, leftovers] = await Promise.all([scene.releases.check(), expectedLeftovers(session, istioCatalog, namespaces)])
    const foreign = foreignFindings(
      planes.filter((plane) => !others.includes(plane)),
      releases,
    )
    const findings = [...helm, ...foreign, ...absentFindings(call, releases, foreign), ...sharedFindings(others)]
    const steps = releases.map(({ component, release, namespace }) =>
      uninstallReleaseStep(scene, {
        key: component === 'gateway' ? `gateway-${namespace}-${release}` : component,
        title: `Uninstall ${istioCatalog.components.find((each) => each.component === component)?.title} ${release}`,
        component,
        release,
        namespace,
        timeoutMs: timeoutSeconds * 1000,
      }),
    )
    const leave = leaveMeshStep({
      title: 'Check that no member is left',
      component: 'members',
      find: () => findIstioMembers(session, others.length > 0 ? target.revision : undefined),
    })
    return { steps: steps.length > 0 ? [leave, ...steps] : [], findings, confirmations: confirmMembers(members), leftovers, inputs: {} }
  },
}

/** In the order in which they go. Found by helm's marks on objects, and by the catalogue's names for what has no objects yet. */
async function findReleases(
  { session }: Scene,
  { target, planes, others }: { target: { namespace: string; revision: string }; planes: ControlPlane[]; others: ControlPlane[] },
): Promise<IstioRelease[]> {
  const gateways = await findGateways(session)
  const mine = gateways.filter((gateway) => others.length === 0 || revisionOf(gateway) === target.revision)
  const found = [
    ...mine.flatMap((gateway) => releaseOf(gateway, 'gateway')),
    ...planes.filter((plane) => !others.includes(plane)).flatMap(({ deployment }) => releaseOf(deployment, 'istiod')),
    ...(others.length === 0 ? await findBase(session) : []),
  ]
  const suffix = target.revision === defaultRevision ? '' : `-${target.revision}`
  const usual = [
    { component: 'istiod' as const, release: `istiod${suffix}`, namespace: target.namespace },
    ...(others.length === 0 ? [{ component: 'base' as const, release: 'istio-base', namespace: target.namespace }] : []),
    ...(others.length === 0 ? [{ component: 'gateway' as const, release: 'istio-ingress', namespace: 'istio-ingress' }] : []),
  ]
  const known = await Promise.all(
    usual.map(async (one) => ({ one, record: await latestRelease(session, { namespace: one.namespace, name: one.release }) })),
  )
  const recorded = known.flatMap(({ one, record }) =>
    record ? [{ ...one, installer: record.operation ? ('meshwright' as const) : ('helm' as const) }] : [],
  )
  const unique = new Map([...recorded, ...found].map((release) => [`${release.namespace}/${release.release}`, release]))
  const order = ['gateway', 'istiod', 'base']
  return [...unique.values()].sort((left, right) => order.indexOf(left.component) - order.indexOf(right.component))
}

/** Definitions outlive their release, so a mark on one of them counts only while the release is known to helm. */
async function findBase(session: Scene['session']): Promise<IstioRelease[]> {
  const definition = {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    name: 'virtualservices.networking.istio.io',
  }
  const object = await session.get(definition)
  const [release] = object ? releaseOf(object, 'base') : []
  const record = release && (await latestRelease(session, { namespace: release.namespace, name: release.release }))
  return release && record ? [release] : []
}

function foreignFindings(planes: ControlPlane[], releases: IstioRelease[]): Finding[] {
  const installers = [...planes.map(({ installer }) => installer), ...releases.map(({ installer }) => installer)]
  return [...new Set(installers)]
    .filter((installer) => !isOurs(installer))
    .map((installer) => {
      const who = installerName(installer)
      return errorFinding({
        code: 'installer-not-ours',
        message: `This Istio was installed by ${who}.`,
        cause: `${who} may bring back what Meshwright takes away, and knows what else belongs to it.`,
        remedy: `Remove it with ${who}.`,
      })
    })
}

function absentFindings({ target }: Call, releases: IstioRelease[], foreign: Finding[]): Finding[] {
  if (releases.length > 0 || foreign.length > 0) return []
  const where = `in namespace ${target.namespace || istioCatalog.namespace}, revision ${target.revision || defaultRevision}`
  return [
    errorFinding({ code: 'installation-absent', message: `There is no Istio ${where}.`, remedy: 'Choose an installation that is listed.' }),
  ]
}

function sharedFindings(others: ControlPlane[]): Finding[] {
  return others.map(({ namespace, revision }) =>
    infoFinding({
      code: 'base-kept',
      message: `The definitions stay: revision ${revision} in namespace ${namespace} uses them too.`,
      remedy: 'They go with the last revision.',
    }),
  )
}
