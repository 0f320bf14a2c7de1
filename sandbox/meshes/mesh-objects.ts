import type { Controller, ControllerContext } from '../controllers/controller.js'
import { typeOf } from '../controllers/objects.js'
import { isReady } from '../controllers/pod-state.js'
import { type JsonMap, mapOf, textOf } from '../json.js'
import type { KubeObject } from '../kube-object.js'
import { behaviourOf, fillIn, type MeshBehaviour } from './mesh-behaviours.js'

// istiod leaves these alone (pilot/pkg/serviceregistry/kube/controller/namespacecontroller.go).
const systemNamespaces = ['kube-system', 'kube-public', 'kube-node-lease']

/** A running control plane writes objects of its own, and takes none of them away when it goes. */
export const meshObjects: Controller = {
  kinds: ['Pod', 'Namespace'],
  reconcile(context, { type, object }) {
    if (type === 'DELETED' || object.metadata.deletionTimestamp !== undefined) return
    if (object.kind === 'Namespace') {
      for (const pod of context.store.list(typeOf('Pod')).filter(isReady)) {
        const behaviour = behaviourOf(pod)
        if (behaviour) furnish(context, behaviour, [object])
      }
      return
    }
    const behaviour = isReady(object) ? behaviourOf(object) : undefined
    const own = behaviour && context.store.get(typeOf('Namespace'), '', object.metadata.namespace ?? '')
    if (!behaviour || !own) return
    const namespace = own.metadata.name
    for (const one of behaviour.inItsOwn) write(context, behaviour, { object: one, namespace })
    for (const one of behaviour.clusterWide) write(context, behaviour, { object: fillIn(one, { namespace }), namespace: '' })
    furnish(context, behaviour, context.store.list(typeOf('Namespace')))
  },
}

function furnish(context: ControllerContext, behaviour: MeshBehaviour, namespaces: readonly KubeObject[]): void {
  for (const { metadata } of namespaces) {
    if (systemNamespaces.includes(metadata.name) || metadata.deletionTimestamp !== undefined) continue
    for (const object of behaviour.inEveryNamespace) write(context, behaviour, { object, namespace: metadata.name })
  }
}

function write(
  context: ControllerContext,
  { manager }: MeshBehaviour,
  { object, namespace }: { object: JsonMap; namespace: string },
): void {
  const resource = context.catalog.byKind(textOf(object.apiVersion), textOf(object.kind))
  if (!resource) return
  const target = { resource, namespace, name: textOf(mapOf(object.metadata).name) }
  if (context.store.get(resource, namespace, target.name)) return
  context.writer.create(target, object, { manager })
}
