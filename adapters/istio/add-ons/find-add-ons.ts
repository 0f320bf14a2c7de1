import { ownerOfDefinition } from '../../../installers/definition-owner.js'
import type { KubeObject } from '../../../kube/kube-object.js'
import type { Finding } from '../../../proto/gen/meshwright/adapter/v1/adapter.js'
import type { ClusterSession } from '../../runtime/cluster-session.js'
import { keyOf } from '../../runtime/judge-object.js'
import { nameOf, refOf, sortForDelete } from '../../runtime/manifests.js'
import { errorFinding } from '../../runtime/plan-findings.js'
import { whenForbidden } from '../../runtime/when-forbidden.js'
import { type AddOn, istioAddOns } from '../istio-add-ons.js'
import { addOnLabel, besideLabel } from './add-on-objects.js'

/** An add-on of ours that is there, wholly or in parts, with its objects in the order in which they go. */
export interface FoundAddOn {
  addOn: AddOn
  objects: KubeObject[]
}

/** Kinds that the manifests are made of. */
const kinds = [
  { apiVersion: 'apps/v1', kind: 'Deployment' },
  ...['Service', 'ConfigMap', 'ServiceAccount'].map((kind) => ({ apiVersion: 'v1', kind })),
  ...['ClusterRoleBinding', 'ClusterRole'].map((kind) => ({ apiVersion: 'rbac.authorization.k8s.io/v1', kind })),
]

/** What bears our mark beside the control planes of a namespace. Throws KubeError 403 where a kind may not be listed. */
export async function findAddOns(session: ClusterSession, namespace: string): Promise<FoundAddOn[]> {
  const labelSelector = `${addOnLabel},${besideLabel}=${namespace}`
  const lists = await Promise.all(kinds.map((kind) => session.list(kind, { labelSelector, metadataOnly: true })))
  const objects = sortForDelete(lists.flat())
  const found = istioAddOns.addOns.map((addOn) => ({
    addOn,
    objects: objects.filter(({ metadata }) => metadata.labels?.[addOnLabel] === addOn.addOn),
  }))
  return found.filter((each) => each.objects.length > 0)
}

/** One error for each object that is there under a name that an add-on needs, and is not ours. */
export async function foreignObjects(session: ClusterSession, wanted: readonly KubeObject[]): Promise<Finding[]> {
  const found = await Promise.all(wanted.map((object) => whenForbidden(session.get(keyOf(object)), undefined)))
  return found
    .flatMap((object) => object ?? [])
    .filter(({ metadata }) => metadata.labels?.[addOnLabel] === undefined)
    .map((object) =>
      errorFinding({
        code: 'add-on-foreign',
        message: `${nameOf(object)} is there already and belongs to ${ownerOf(object)}.`,
        cause: 'Meshwright did not put it there, so it does not write into it.',
        remedy: 'Go on with the one that is there, or remove it with the tool that it came with; then plan again.',
        object: refOf(object),
      }),
    )
}

function ownerOf({ metadata }: KubeObject): string {
  const { labels = {}, annotations = {}, managedFields = [] } = metadata
  const managers = managedFields.flatMap(({ manager, subresource }) => (manager && !subresource ? [manager] : []))
  return ownerOfDefinition({ labels, annotations, managers }).name
}
