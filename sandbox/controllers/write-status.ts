import { listOf, mapOf } from '../json.js'
import type { KubeObject } from '../kube-object.js'
import { type ControllerContext, controllerManager } from './controller.js'
import { targetOfObject, typeOf } from './objects.js'

/** Writes the status of an object, unless it says the same already. */
export function writeStatus({ writer }: ControllerContext, object: KubeObject, status: KubeObject['status']): void {
  const resource = typeOf(object.kind)
  const { resourceVersion: _any, ...metadata } = object.metadata
  const next = { ...object, metadata, status: status ?? {} }
  writer.update(targetOfObject(resource, object), next, { manager: controllerManager, subresource: 'status' })
}

/** A condition whose time moves only when its status does. */
export function condition(
  context: ControllerContext,
  object: KubeObject,
  { type, status, reason, message }: { type: string; status: boolean; reason: string; message: string },
) {
  const value = status ? 'True' : 'False'
  const known = listOf(mapOf(object.status).conditions)
    .map(mapOf)
    .find((one) => one.type === type)
  const since = known?.status === value ? known.lastTransitionTime : context.time()
  return { type, status: value, reason, message, lastTransitionTime: since ?? context.time() }
}
