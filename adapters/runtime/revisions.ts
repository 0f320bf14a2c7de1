import type { KubeObject } from '../../kube/kube-object.js'
import type { Catalog } from './catalog.js'
import { defaultRevision } from './chart-mesh.js'

/**
 * The revision that an object is of, or asks for: nothing and an empty text both mean the default. An injector writes its own
 * name as an annotation on the pod, whose label, if any, is what was asked for and may be a tag.
 */
export function revisionOf({ metadata: { annotations, labels } }: KubeObject, key: string): string {
  return annotations?.[key] || labels?.[key] || defaultRevision
}

/** The label by which objects of this mesh tell their revision; empty when it has no revisions. */
export function revisionLabel({ discoveryRules }: Catalog): string {
  return discoveryRules.find((rule) => rule.revisionLabel !== '')?.revisionLabel ?? ''
}
