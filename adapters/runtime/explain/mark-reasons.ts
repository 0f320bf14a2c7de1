import type { Finding } from '../../../proto/gen/meshwright/adapter/v1/adapter.js'
import type { Catalog } from '../catalog.js'
import { foreignMarks } from '../foreign-marks.js'
import { nameOf, refOf } from '../manifests.js'
import { templateOf } from '../membership-pods.js'
import { infoFinding, warningFinding } from '../plan-findings.js'
import { decidingMark } from '../read-marks.js'
import { askOf, type ExplainedPod } from './explained-pod.js'
import { specOf } from './next-pod.js'

/** What namespace and pod ask for, in the order in which one beats the other. */
export function markReasons(catalog: Catalog, explained: ExplainedPod): Finding[] {
  return [ofNamespace(catalog, explained), ...ofOthers(catalog, explained), ofPod(catalog, explained), ...ofPodAlone(catalog, explained)]
}

const verbs = { in: 'asks to be in', out: 'asks to be out of' }

function ofNamespace(catalog: Catalog, { namespace, ofNamespace: said }: ExplainedPod): Finding {
  const name = namespace.metadata.name ?? ''
  const object = refOf(namespace)
  if (said !== undefined) {
    const message = `Namespace ${name} ${verbs[said.answer]} ${catalog.title}: ${said.text}.`
    return infoFinding({ code: 'namespace-mark', message, cause: `The ${said.mark.carrier} ${said.mark.key} decides.`, object })
  }
  const keys = keysOf(catalog, 'namespace')
  return infoFinding({
    code: 'namespace-unmarked',
    message: `Namespace ${name} asks nothing of ${catalog.title}.`,
    cause:
      keys.length === 0
        ? `${catalog.title} marks pods, not namespaces.`
        : `It carries none of these with a value that counts: ${keys.join(', ')}.`,
    object,
  })
}

/** Another mesh is a fault only where this one is asked for, too. */
function ofOthers({ mesh, title }: Catalog, explained: ExplainedPod): Finding[] {
  const { namespace } = explained
  return foreignMarks(mesh, namespace).map((other) => {
    const code = 'another-mesh-asked'
    const message = `Namespace ${namespace.metadata.name} asks to be in ${other.title}: ${other.mark}.`
    if (askOf(explained)?.answer !== 'in') return infoFinding({ code, message, object: refOf(namespace) })
    return warningFinding({
      ...{ code, message, object: refOf(namespace) },
      cause: 'Two injectors put two proxies into each pod, and both redirect the same traffic.',
      remedy: `Let it be in one mesh only: leave ${other.title}, or leave ${title}.`,
    })
  })
}

function ofPod(catalog: Catalog, { workload, own }: ExplainedPod): Finding {
  const who = workload ? `The template of ${nameOf(workload)}` : 'The pod'
  if (own === undefined) {
    const keys = keysOf(catalog, 'pod')
    return infoFinding({
      code: 'pod-unmarked',
      message: `${who} says nothing of its own, so its namespace decides.`,
      cause: `It carries none of these with a value that counts: ${keys.join(', ') || 'none is known'}.`,
    })
  }
  return infoFinding({
    code: 'pod-mark',
    message: `${who} ${verbs[own.answer]} ${catalog.title}: ${own.text}. That beats the namespace.`,
    cause: `The ${own.mark.carrier} ${own.mark.key} decides.`,
    ...(own.answer === 'out' ? { remedy: `Take ${own.mark.key} away, then restart, if it is to be in the mesh.` } : {}),
  })
}

/** A mark that somebody wrote on the running pod goes when the pod goes. */
function ofPodAlone(catalog: Catalog, { pod, workload }: ExplainedPod): Finding[] {
  const said = pod && workload && decidingMark(catalog, 'pod', pod.metadata)
  if (!said || decidingMark(catalog, 'pod', templateOf(workload)) !== undefined) return []
  return [
    warningFinding({
      code: 'mark-on-pod-only',
      message: `The running pod carries ${said.text}, which the template of ${nameOf(workload)} does not.`,
      cause: 'Injectors look at new pods only, and new pods come from the template.',
      remedy: 'Write it into the template when it is meant to last.',
      object: refOf(pod),
    }),
  ]
}

function keysOf({ injectionMarks }: Catalog, scope: 'namespace' | 'pod'): string[] {
  return injectionMarks.filter((mark) => mark.kind === 'desired' && mark.scope === scope).map(({ key, carrier }) => `${carrier} ${key}`)
}

/** What keeps a pod out although it is asked for. */
interface Exclusion {
  code: string
  /** Empty: every mesh with sidecars. */
  meshes: readonly string[]
  applies(explained: ExplainedPod): boolean
  message: string
  cause: string
  remedy: string
}

const exclusions: readonly Exclusion[] = [
  {
    code: 'host-network',
    meshes: ['istio', 'linkerd', 'osm'],
    applies: ({ next }) => specOf(next).hostNetwork === true,
    message: 'The pod uses the network of its node (hostNetwork), and such pods get no sidecar.',
    cause: 'A sidecar would redirect the traffic of the whole node.',
    remedy: 'Take hostNetwork out of its template, if it does not need it.',
  },
  {
    code: 'no-service-account-token',
    meshes: ['linkerd'],
    applies: ({ next }) => specOf(next).automountServiceAccountToken === false,
    message: 'The pod mounts no token of its service account, and such pods get no sidecar.',
    cause: 'automountServiceAccountToken is false, and the proxy proves by the token who it is.',
    remedy: 'Set automountServiceAccountToken to true in its template.',
  },
  {
    code: 'system-namespace',
    meshes: [],
    applies: ({ namespace }) => ['kube-system', 'kube-public', 'kube-node-lease'].includes(namespace.metadata.name ?? ''),
    message: 'The namespace belongs to Kubernetes itself, and meshes leave it alone.',
    cause: 'What the proxies and the injector need to start must not wait for them.',
    remedy: 'Run the application in a namespace of its own.',
  },
]

/** What of this pod keeps the mesh away from it, whatever is asked. */
export function exclusionReasons({ mesh }: Catalog, explained: ExplainedPod): Finding[] {
  return exclusions
    .filter(({ meshes, applies }) => (meshes.length === 0 || meshes.includes(mesh)) && applies(explained))
    .map(({ code, message, cause, remedy }) => warningFinding({ code, message, cause, remedy }))
}
