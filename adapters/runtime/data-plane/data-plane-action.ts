import { z } from 'zod'
import type { Finding } from '../../../proto/gen/meshwright/adapter/v1/adapter.js'
import type { Catalog } from '../catalog.js'
import type { ClusterSession } from '../cluster-session.js'
import { count } from '../count.js'
import { findGatewayPods } from '../gateway-pods.js'
import { nameOf, refOf } from '../manifests.js'
import { mapAtOnce } from '../map-at-once.js'
import { absentFinding } from '../membership-findings.js'
import type { Action, MeshAdapter } from '../mesh-adapter.js'
import { findRevisionMembers } from '../mesh-members.js'
import { label, paramsSchema, timeoutParameter } from '../parameters-schema.js'
import { infoFinding, warningFinding } from '../plan-findings.js'
import { proxyContainers } from '../proxy-containers.js'
import { revisionLabel } from '../revisions.js'
import { confirmRolls, looseFinding, notReadyFindings } from '../roll-findings.js'
import { laggingLoose, laggingWorkloads, lookAtProxies, type ProxiedNamespace, proxiesInStepStep } from './proxies-in-step.js'

/** The adapter with the second half of every upgrade, for a mesh whose proxies come into pods by its injector. */
export function withDataPlane(adapter: MeshAdapter): MeshAdapter {
  const upgrades = adapter.actions.some(({ category }) => category === 'upgrade')
  if (!upgrades || proxyContainers(adapter.catalog).size === 0) return adapter
  return { ...adapter, actions: [...adapter.actions, dataPlaneAction(adapter.catalog)] }
}

const Params = z.object({
  namespaces: z.array(z.string()).default([]),
  gateways: z.boolean().default(false),
  timeoutSeconds: z.number().default(300),
})

const namespacesAtOnce = 4

/**
 * Restarts whoever still has the proxy of a control plane of before, namespace by namespace: a proxy is of the version with
 * which its pod was made. Who lags is not read off versions: the API server is asked what a new pod would get.
 */
function dataPlaneAction(catalog: Catalog): Action {
  return {
    key: 'upgrade-data-plane',
    title: `Upgrade the data plane of ${catalog.title}`,
    category: 'inject',
    scope: 'namespace',
    destructive: false,
    requires: ['installation'],
    handling: 'membership',
    parametersSchema: paramsSchema({
      namespaces: {
        ...{ type: 'array', maxItems: 100, uniqueItems: true, items: label, title: 'Namespaces, in this order' },
        description: 'One wave each. Empty: every namespace with a proxy, by name.',
      },
      gateways: {
        ...{ type: 'boolean', default: false, title: 'Restart gateways, too' },
        description: 'Traffic from outside goes through them; those with a release of their own are upgraded with it.',
      },
      timeoutSeconds: timeoutParameter,
    }),
    prepare: async (call, scene) => {
      const { namespaces, gateways, timeoutSeconds } = Params.parse(call.parameters.params ?? {})
      const proxied = await findProxied(scene.session, catalog, { revision: revisionLabel(catalog) ? call.target.revision : '', gateways })
      const names = namespaces.length > 0 ? namespaces : proxied
      const places = await mapAtOnce(
        namespacesAtOnce,
        names.filter((name) => proxied.includes(name)),
        (namespace) => lookAtProxies(scene, catalog, { namespace, gateways }),
      )
      const rolls = places.map((place) => rollOf(catalog, place))
      return {
        steps: places.map((planned) => proxiesInStepStep(scene, catalog, { planned, timeoutMs: timeoutSeconds * 1000 })),
        findings: [
          ...(await absentOf(
            scene.session,
            names.filter((name) => !proxied.includes(name)),
            catalog,
          )),
          ...places.flatMap((place) => [...looseFinding(place.namespace, laggingLoose(catalog, place)), ...unknownFindings(place)]),
          ...notReadyFindings(rolls.flatMap(({ workloads }) => workloads)),
          ...(rolls.every(({ pods }) => pods === 0) && places.every(isKnown) ? [inStepFinding(catalog, places)] : []),
        ],
        confirmations: confirmRolls(rolls),
        leftovers: [],
        inputs: {},
      }
    },
  }
}

/** Namespaces with a pod beside a proxy of this revision, by name: members, and gateways when they are to be restarted, too. */
async function findProxied(session: ClusterSession, catalog: Catalog, { revision, gateways }: { revision: string; gateways: boolean }) {
  const [{ pods }, ways] = await Promise.all([
    findRevisionMembers(session, catalog, revision || undefined),
    gateways ? findGatewayPods(session, catalog) : [],
  ])
  const members = pods.filter(({ mode }) => mode === 'sidecar').map(({ object }) => object)
  const own = ways.filter((each) => revision === '' || each.revision === revision).map(({ pod }) => pod)
  return [...new Set([...members, ...own].map(({ metadata }) => metadata.namespace ?? ''))].sort()
}

function rollOf(catalog: Catalog, place: ProxiedNamespace) {
  const lagging = laggingWorkloads(catalog, place)
  const isLagging = (uid: string | undefined) => lagging.some(({ workload }) => workload.metadata.uid === uid)
  const pods = place.applications.workloads.filter(({ workload }) => isLagging(workload.metadata.uid)).flatMap((each) => each.pods)
  return { name: place.namespace, workloads: lagging.map(({ workload }) => workload), pods: pods.length }
}

async function absentOf(session: ClusterSession, names: readonly string[], catalog: Catalog): Promise<Finding[]> {
  const found = await Promise.all(names.map((name) => session.get({ apiVersion: 'v1', kind: 'Namespace', name })))
  return names.map((name, index) =>
    found[index] === undefined
      ? absentFinding(name)
      : warningFinding({
          code: 'no-proxies',
          message: `No pod of ${name} has a proxy of ${catalog.title}.`,
          remedy: `Let it join first (meshwright mesh join ${catalog.mesh} ${name}).`,
        }),
  )
}

/** Workloads that are left alone, because nobody can tell what a restart would make of them, or it would make it worse. */
function unknownFindings({ applications, next }: ProxiedNamespace): Finding[] {
  return applications.workloads.flatMap(({ workload }) => {
    const proxy = next.get(workload.metadata.uid ?? '')
    if (proxy === undefined || 'image' in proxy) return []
    return [
      warningFinding({
        code: 'next-proxy-unknown',
        message: `${nameOf(workload)} is not restarted: which proxy it would get cannot be told.`,
        cause: proxy.why,
        remedy: `Ask why: meshwright explain ${workload.metadata.namespace}/${workload.kind.toLowerCase()}/${workload.metadata.name}.`,
        object: refOf(workload),
      }),
    ]
  })
}

function isKnown({ next }: ProxiedNamespace): boolean {
  return [...next.values()].every((proxy) => 'image' in proxy)
}

function inStepFinding({ title }: Catalog, places: readonly ProxiedNamespace[]): Finding {
  const pods = places.flatMap(({ applications }) => applications.workloads.flatMap((each) => each.pods))
  return infoFinding({
    code: 'data-plane-in-step',
    message: `Nothing is to be restarted: no workload of ${count(pods.length, 'pod')} has another proxy than ${title} gives now.`,
  })
}
