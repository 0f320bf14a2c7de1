import { typeOf } from '../controllers/objects.js'
import { isReady } from '../controllers/pod-state.js'
import { type JsonMap, listOf, mapOf, textOf } from '../json.js'
import type { KubeObject } from '../kube-object.js'
import type { ObjectStore } from '../object-store.js'
import { matchesSelector, selectsLabels } from '../selectors.js'
import { StatusError } from '../status-error.js'
import type { Admission } from '../writes/write-context.js'
import { behaviourOf, fillIn, type MeshBehaviour, versionOf } from './mesh-behaviours.js'

/**
 * Asks the mutating webhooks that are configured for pods: one whose control plane is ready gives the pod its sidecar,
 * one that nobody answers refuses the pod if its failurePolicy is Fail. Throws StatusError 500.
 */
export function injectSidecars(store: ObjectStore): Admission {
  return (resource, object) => {
    if (resource.kind !== 'Pod') return object
    const webhooks = store.list(typeOf('MutatingWebhookConfiguration')).flatMap((one) => listOf(one.webhooks).map(mapOf))
    const fitting = webhooks.filter((webhook) => isAsked(store, webhook, object))
    return fitting.reduce<KubeObject>((pod, webhook) => callWebhook(store, webhook, pod), object)
  }
}

function isAsked(store: ObjectStore, webhook: JsonMap, pod: KubeObject): boolean {
  const isForPods = listOf(webhook.rules).some(
    (rule) => listOf(mapOf(rule).resources).includes('pods') && listOf(mapOf(rule).operations).includes('CREATE'),
  )
  const namespace = store.get(typeOf('Namespace'), '', pod.metadata.namespace ?? '')
  return (
    isForPods &&
    matchesSelector(mapOf(webhook.namespaceSelector), namespace?.metadata.labels ?? {}) &&
    matchesSelector(mapOf(webhook.objectSelector), pod.metadata.labels ?? {})
  )
}

function callWebhook(store: ObjectStore, webhook: JsonMap, pod: KubeObject): KubeObject {
  const service = mapOf(mapOf(webhook.clientConfig).service)
  const answering = podsBehind(store, textOf(service.namespace), textOf(service.name)).find(isReady)
  if (!answering) {
    if (webhook.failurePolicy === 'Ignore') return pod
    const message = `failed calling webhook "${textOf(webhook.name)}": no endpoints available for service "${textOf(service.name)}"`
    throw new StatusError(500, 'InternalError', `Internal error occurred: ${message}`)
  }
  const behaviour = behaviourOf(answering)
  return behaviour ? inject(pod, behaviour, versionOf(answering)) : pod
}

function podsBehind(store: ObjectStore, namespace: string, name: string): KubeObject[] {
  const service = store.get(typeOf('Service'), namespace, name)
  const selector = mapOf(mapOf(service?.spec).selector)
  if (Object.keys(selector).length === 0) return []
  return store.list(typeOf('Pod'), namespace).filter(({ metadata }) => selectsLabels(selector, metadata.labels ?? {}))
}

function inject(pod: KubeObject, behaviour: MeshBehaviour, version: string): KubeObject {
  const { uid } = pod.metadata
  const { sidecar, init, labels, annotations } = fillIn(behaviour, { version, uid })
  const spec = mapOf(pod.spec)
  if ([...listOf(spec.containers), ...listOf(spec.initContainers)].some((one) => mapOf(one).name === sidecar.name)) return pod
  const { native, ...container } = sidecar
  const inits = [init, ...(native ? [{ ...container, restartPolicy: 'Always' }] : [])]
  return {
    ...pod,
    metadata: {
      ...pod.metadata,
      labels: { ...pod.metadata.labels, ...labels },
      annotations: { ...pod.metadata.annotations, ...annotations },
    },
    spec: {
      ...spec,
      initContainers: [...inits, ...listOf(spec.initContainers)],
      containers: [...listOf(spec.containers), ...(native ? [] : [container])],
    },
  }
}
