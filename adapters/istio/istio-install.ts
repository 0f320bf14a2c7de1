import { z } from 'zod'
import type { Finding } from '../../proto/gen/meshwright/adapter/v1/adapter.js'
import { AdapterError } from '../runtime/adapter-error.js'
import type { ChartPackage } from '../runtime/chart-source.js'
import { type ComponentInstance, chartOf, chooseComponents, deepMerge, findVersion } from '../runtime/components.js'
import { installReleaseStep } from '../runtime/install-release-step.js'
import type { Action, Call, Scene } from '../runtime/mesh-adapter.js'
import { findOtherMeshes } from '../runtime/other-meshes.js'
import { componentsSchema, timeoutParameter } from '../runtime/parameters-schema.js'
import { findingOf, warningFinding } from '../runtime/plan-findings.js'
import { checkKubernetesVersion, checkLifetime, checkNamespace, checkRelease, checkScope } from '../runtime/preflight.js'
import { whenForbidden } from '../runtime/when-forbidden.js'
import { istioCatalog } from './istio-catalog.js'
import { checkControlPlanes } from './istio-conflicts.js'
import { defaultRevision } from './istio-presence.js'

const Params = z.object({ timeoutSeconds: z.number().default(300) })

/** base → istiod → gateways, each waited for: the definitions before who reads them, the control plane before its proxies. */
export const installIstio: Action = {
  key: 'install',
  title: 'Install Istio',
  category: 'install',
  scope: 'cluster',
  destructive: false,
  requires: [],
  actsOnInstallers: ['helm', 'meshwright'],
  parametersSchema: componentsSchema(istioCatalog, { timeoutSeconds: timeoutParameter }),
  prepare: async (call, scene) => {
    const scope = checkScope(scene.session, istioCatalog.title)
    if (scope.length > 0) return { steps: [], findings: scope, confirmations: [], leftovers: [], inputs: {} }
    const version = findVersion(istioCatalog, call.version)
    const namespace = call.target.namespace || istioCatalog.namespace
    const { timeoutSeconds } = Params.parse(call.parameters.params ?? {})
    const instances = chooseComponents(istioCatalog, call.parameters, { version: call.version, namespace }).map((instance) =>
      withRevision(instance, { revision: call.target.revision, namespace }),
    )
    const plane = { namespace, revision: call.target.revision || defaultRevision, version: call.version }
    const { packages, findings } = await fetchCharts(instances, call, scene)
    const preflight = await Promise.all([
      scene.releases.check({ revision: call.target.revision }),
      checkKubernetesVersion(scene.session, istioCatalog.title, version),
      Promise.resolve(checkLifetime(istioCatalog.title, version)),
      whenForbidden(checkControlPlanes(scene.session, plane), [unseen]),
      whenForbidden(findOtherMeshes(scene.session, istioCatalog.mesh), []),
      ...[...new Set(instances.map((instance) => instance.namespace))].map((name) => checkNamespace(scene.session, name)),
      ...instances.map(({ release, namespace: place }) => checkRelease(scene.session, { namespace: place, name: release })),
    ])
    // With helm or without: a recovery looks at the cluster all the same.
    const steps = instances.flatMap((instance) => {
      const chart = packages.get(instance.name)
      return chart ? [installReleaseStep(scene, stepOptions(instance, chart, timeoutSeconds))] : []
    })
    const inputs = instances.map((instance) => ({
      ...instance,
      component: instance.component.component,
      digest: packages.get(instance.name)?.digest,
    }))
    return { steps, findings: [...findings, ...preflight.flat()], confirmations: [], leftovers: [], inputs }
  },
}

/** For an identity that may not list workloads in all namespaces. */
const unseen = warningFinding({
  code: 'installations-unknown',
  message: 'Whether another Istio or another mesh is there cannot be seen.',
  cause: 'The cluster connection may not list Deployments in all namespaces.',
  remedy: 'Let it list them, or make sure yourself that there is none.',
})

function stepOptions({ name, component, namespace, release, values }: ComponentInstance, chart: ChartPackage, timeoutSeconds: number) {
  return {
    key: name,
    title: `Install ${component.title} ${release}`,
    component: name,
    release,
    namespace,
    chart,
    values,
    expectedManagers: istioCatalog.expectedManagers,
    timeoutMs: timeoutSeconds * 1000,
  }
}

/** A revision is part of istiod's release name and of what gateways connect to; the definitions are shared by all revisions. */
function withRevision(instance: ComponentInstance, { revision, namespace }: { revision: string; namespace: string }): ComponentInstance {
  const placed = namespace === istioCatalog.namespace ? {} : { global: { istioNamespace: namespace } }
  const named = revision === '' || revision === defaultRevision ? {} : { revision }
  switch (instance.component.component) {
    case 'istiod': {
      const release =
        named.revision && instance.release === instance.component.release ? `${instance.release}-${revision}` : instance.release
      return { ...instance, release, values: deepMerge(deepMerge(placed, named), instance.values) }
    }
    case 'gateway':
      return { ...instance, values: deepMerge(named, instance.values) }
    default:
      return { ...instance, values: deepMerge(deepMerge(placed, named.revision ? { defaultRevision: revision } : {}), instance.values) }
  }
}

async function fetchCharts(instances: readonly ComponentInstance[], { version }: Call, { releases: { charts }, signal }: Scene) {
  const packages = new Map<string, ChartPackage>()
  const findings: Finding[] = []
  for (const instance of instances) {
    const wanted = chartOf(istioCatalog, findVersion(istioCatalog, version), instance)
    const found = await charts.find(wanted, signal).catch((error: unknown) => {
      if (error instanceof AdapterError) return error
      throw error
    })
    if (found instanceof AdapterError) findings.push(findingOf(found))
    else packages.set(instance.name, found)
  }
  return { packages, findings }
}
