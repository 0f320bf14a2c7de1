import type { KubeObject } from '../../../kube/kube-object.js'
import { AdapterError } from '../adapter-error.js'
import type { Catalog } from '../catalog.js'
import { nameOf } from '../manifests.js'
import type { NamespaceApplications } from '../membership-pods.js'
import type { Scene, Step } from '../mesh-adapter.js'
import { restartPatch, rollPodsStep } from '../roll-pods-step.js'
import { type NextProxy, type ProxiedPlace, proxiedOf, proxyImage, readCandidates, readNextProxies } from './proxied-pods.js'

/** A namespace with its proxies, and what new pods there would get. */
export interface ProxiedNamespace extends ProxiedPlace {
  applications: NamespaceApplications
  next: ReadonlyMap<string, NextProxy>
}

/** Reads a namespace and asks the API server for the next pod of each of its workloads. */
export async function lookAtProxies({ session, signal }: Scene, catalog: Catalog, place: ProxiedPlace): Promise<ProxiedNamespace> {
  const applications = proxiedOf(catalog, await readCandidates(session, catalog, place))
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

/** One wave: makes the proxies of a namespace what its injector gives to new pods at its beginning. */
export function proxiesInStepStep(
  scene: Scene,
  catalog: Catalog,
  { planned, timeoutMs }: { planned: ProxiedNamespace; timeoutMs: number },
): Step {
  const { namespace } = planned
  const shown = laggingWorkloads(catalog, planned).map(({ workload }) => workload)
  let expected: ReadonlyMap<string, string> | undefined
  const step = rollPodsStep(scene, {
    key: `wave-${namespace}`,
    namespace,
    shown,
    // Who was beside a proxy at the beginning has to be so at the end: an injector that is away may let pods in without one.
    look: async () => {
      expected ??= expectedImages(await lookAtProxies(scene, catalog, planned), shown)
      const images = expected
      const imageFor = ({ metadata }: KubeObject) => images.get(metadata.uid ?? '')
      const { workloads, loose } = await readCandidates(scene.session, catalog, planned)
      const wave = workloads.filter(({ workload }) => imageFor(workload) !== undefined)
      const behind = wave.flatMap(({ workload, pods }) => pods.filter((pod) => proxyImage(catalog, pod) !== imageFor(workload)))
      const left = laggingLoose(catalog, { ...planned, applications: proxiedOf(catalog, { workloads: [], loose }) })
      const notInStep = new Set([...behind, ...left.map(({ pod }) => pod)])
      return {
        applications: { workloads: wave, loose: left },
        workloads: wave.filter(({ pods }) => pods.some((pod) => notInStep.has(pod))).map(({ workload }) => workload),
        isAsWished: (pod) => !notInStep.has(pod),
      }
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

/** By uid of the workload. Throws `members-not-as-wished` for one that was to be restarted, and of which nobody can tell any more what it would get. */
function expectedImages({ next }: ProxiedNamespace, shown: readonly KubeObject[]): Map<string, string> {
  for (const workload of shown) {
    const proxy = next.get(workload.metadata.uid ?? '')
    if (proxy === undefined || 'image' in proxy) continue
    throw new AdapterError(
      'members-not-as-wished',
      `${nameOf(workload)} was not restarted: which proxy it would get cannot be told any more.`,
      {
        cause: proxy.why,
        remedy: 'Bring the injector back, then retry the operation.',
      },
    )
  }
  return new Map([...next].flatMap(([uid, proxy]) => ('image' in proxy ? [[uid, proxy.image]] : [])))
}
