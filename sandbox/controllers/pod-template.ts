import { createHash } from 'node:crypto'
import { type Json, type JsonMap, mapOf } from '../json.js'
import type { KubeObject } from '../kube-object.js'
import { type ControllerContext, controllerManager } from './controller.js'
import { typeOf } from './objects.js'

/** A short name for what a template says, as workloads put it on their pods. */
export function templateHash(template: Json | undefined): string {
  return createHash('sha256')
    .update(JSON.stringify(template ?? {}))
    .digest('hex')
    .slice(0, 10)
}

export interface PodPlan {
  /** A name, or a prefix for one. */
  name: { name: string } | { generateName: string }
  labels?: { [key: string]: string }
}

/** A pod from its owner's template. */
export function createPod({ writer }: ControllerContext, owner: KubeObject, { name, labels = {} }: PodPlan): KubeObject {
  const template = mapOf(mapOf(owner.spec).template)
  const { labels: own, annotations } = mapOf(template.metadata)
  const metadata: JsonMap = {
    ...name,
    labels: { ...mapOf(own), ...labels },
    ...(annotations === undefined ? {} : { annotations }),
    ownerReferences: [ownerReference(owner)],
  }
  const place = { resource: typeOf('Pod'), namespace: owner.metadata.namespace ?? '', name: '' }
  return writer.create(place, { apiVersion: 'v1', kind: 'Pod', metadata, spec: template.spec ?? {} }, { manager: controllerManager })
}

/** The reference of a controller to what it makes. */
export function ownerReference({ apiVersion, kind, metadata }: KubeObject): JsonMap {
  return { apiVersion, kind, name: metadata.name, uid: metadata.uid, controller: true, blockOwnerDeletion: true }
}
