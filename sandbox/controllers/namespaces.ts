import { listOf, mapOf } from '../json.js'
import { without } from '../json-parts.js'
import type { KubeObject } from '../kube-object.js'
import { type Controller, type ControllerContext, controllerManager } from './controller.js'
import { current, targetOfObject, typeOf } from './objects.js'

/** Gives each namespace its account and certificate, and ends one that is deleted when all in it has gone. */
export const namespaces: Controller = {
  kinds: [],
  reconcile(context, { type, object, resource }) {
    if (resource.kind === 'Namespace') {
      const live = type === 'DELETED' ? undefined : current(context, resource, object)
      if (!live) return
      if (live.metadata.deletionTimestamp === undefined) furnish(context, live)
      else empty(context, live)
      return
    }
    const { namespace } = object.metadata
    const holder = namespace === undefined ? undefined : context.store.get(typeOf('Namespace'), '', namespace)
    if (!holder) return
    if (type === 'DELETED' && holder.metadata.deletionTimestamp !== undefined) empty(context, holder)
    else if (type === 'DELETED' && object.kind === 'ServiceAccount' && object.metadata.name === 'default') furnish(context, holder)
  },
}

/** What every namespace holds from its beginning. */
function furnish({ store, writer }: ControllerContext, { metadata }: KubeObject): void {
  const furniture = [
    { kind: 'ServiceAccount', name: 'default', body: {} },
    { kind: 'ConfigMap', name: 'kube-root-ca.crt', body: { data: { 'ca.crt': 'simulated' } } },
  ]
  for (const { kind, name, body } of furniture) {
    const target = { resource: typeOf(kind), namespace: metadata.name, name }
    if (store.get(target.resource, target.namespace, name)) continue
    writer.create(target, { apiVersion: 'v1', kind, metadata: { name }, ...body }, { manager: controllerManager })
  }
}

function empty({ store, writer, catalog }: ControllerContext, namespace: KubeObject): void {
  const { name } = namespace.metadata
  const content = catalog
    .all()
    .filter(({ namespaced }) => namespaced)
    .flatMap((resource) => store.list(resource, name).map((object) => ({ resource, object })))
  for (const { resource, object } of content) {
    if (object.metadata.deletionTimestamp === undefined) writer.delete(targetOfObject(resource, object), { propagation: 'Background' })
  }
  const isHeld = content.some(({ resource, object }) => store.get(resource, name, object.metadata.name) !== undefined)
  if (isHeld || listOf(mapOf(namespace.spec).finalizers).length === 0) return
  const { resourceVersion: _any, ...metadata } = namespace.metadata
  const next = { ...without(namespace, []), metadata, spec: { ...mapOf(namespace.spec), finalizers: [] } }
  writer.update(targetOfObject(typeOf('Namespace'), namespace), next, { manager: controllerManager })
}
