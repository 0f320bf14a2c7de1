import type { KubeObject } from '../../../kube/kube-object.js'
import type { Catalog } from '../catalog.js'
import type { NamespaceApplications } from '../membership-pods.js'
import type { Scene, Step } from '../mesh-adapter.js'
import { restartPatch, rollPodsStep } from '../roll-pods-step.js'
import { type NextProxy, type ProxiedPlace, proxyImage, readNextProxies, readProxied } from './proxied-pods.js'

/** A namespace with its proxies, and what new pods there would get. */
export interface ProxiedNamespace extends ProxiedPlace {
  applications: NamespaceApplications
  next: ReadonlyMap<string, NextProxy>
}

/** Reads a namespace and asks the API server for the next pod of each of its workloads. */
export async function lookAtProxies({ session, signal }: Scene, catalog: Catalog, place: ProxiedPlace): Promise<ProxiedNamespace> {
  const applications = await readProxied(session, catalog, place)
  const next = await readNextProxies(session, catalog, { workloads: workloadsOf(applications), signal })
  return { ...place, applications, next }
}

function workloadsOf({ workloads }: NamespaceApplications): KubeObject[] {
  return workloads.map(({ workload }) => workload)
}

/** Workloads with pods whose proxy is not the one that a new pod would get, and these pods. What is not known counts as in step. */
export function laggingWorkloads(catalog: Catalog, { applications, next }: ProxiedNamespace): NamespaceApplications['workloads'] {
  return applications.workloads.flatMap(({ workload, pods }) => {
    const proxy = next.get(workload.metadata.uid ?? '')
    const behind = proxy !== undefined && 'image' in proxy ? pods.filter((pod) => proxyImage(catalog, pod) !== proxy.image) : []
    return behind.length > 0 ? [{ workload, pods: behind }] : []
  })
}

/** Pods that no rollout replaces, with a proxy that no new pod of the namespace would get. */
export function laggingLoose(catalog: Catalog, { applications, next }: ProxiedNamespace): NamespaceApplications['loose'] {
  const images = [...next.values()].flatMap((proxy) => ('image' in proxy ? [proxy.image] : []))
  return images.length === 0 ? [] : applications.loose.filter(({ pod }) => !images.includes(proxyImage(catalog, pod) ?? ''))
}

/** One wave: makes the proxies of a namespace what its injector gives to new pods now. */
export function proxiesInStepStep(
  scene: Scene,
  catalog: Catalog,
  { planned, timeoutMs }: { planned: ProxiedNamespace; timeoutMs: number },
): Step {
  const { namespace } = planned
  const step = rollPodsStep(scene, {
    key: `wave-${namespace}`,
    namespace,
    shown: laggingWorkloads(catalog, planned).map(({ workload }) => workload),
    look: async () => {
      const now = await lookAtProxies(scene, catalog, planned)
      const lagging = laggingWorkloads(catalog, now)
      const behind = new Set([...lagging.flatMap(({ pods }) => pods), ...laggingLoose(catalog, now).map(({ pod }) => pod)])
      const isInStep = (pod: KubeObject) => !behind.has(pod)
      return { applications: now.applications, workloads: lagging.map(({ workload }) => workload), isAsWished: isInStep }
    },
    patchOf: () => restartPatch(),
    texts: { wished: `beside the proxy that ${catalog.title} gives now`, missed: `the proxy that ${catalog.title} gives now` },
    timeoutMs,
  })
  return {
    ...step,
    inspect: async () => ({ state: 'partial', detail: `only the injector tells which proxies of ${namespace} are behind` }),
  }
}
