import { createHash } from 'node:crypto'
import type { Parameters } from '../../../contract/parameters.js'
import type { KubeObject } from '../../../kube/kube-object.js'
import { canonicalJson } from '../../runtime/canonical-json.js'
import { fromRegistry } from '../../runtime/image-name.js'
import { readManifests } from '../../runtime/manifests.js'
import { outsideMarks } from '../../runtime/outside-marks.js'
import { type AddOnName, istioAddOns, readAddOn } from '../istio-add-ons.js'

/** Our mark on every object of an add-on; its value is the add-on. What does not bear it is somebody else's. */
export const addOnLabel = 'meshwright.io/add-on'
/** The namespace that an add-on belongs to: its cluster-wide objects have none of their own. */
export const besideLabel = 'meshwright.io/add-on-namespace'

const configAnnotation = 'meshwright.io/config'

/** Where an add-on will be and what it runs. `images` are whole names, by add-on. */
export interface AddOnPlace {
  namespace: string
  images: Record<AddOnName, string>
  from: Parameters['images']
}

/** The images that belong to a version of Istio, such as 1.30.3; undefined when nothing is known of its minor version. */
export function imagesFor(version: string): Record<AddOnName, string> | undefined {
  return istioAddOns.versions.find(({ istio }) => version.startsWith(`${istio}.`))?.images
}

/** The objects of an add-on in the order in which they are applied, each with our marks. */
export async function addOnObjects(addOn: AddOnName, place: AddOnPlace): Promise<KubeObject[]> {
  const { namespace } = place
  const objects = readManifests((await readAddOn(addOn)).replaceAll('{namespace}', namespace))
  const config = hashOf(objects.filter(({ kind }) => kind === 'ConfigMap'))
  return objects.map((object) => marked(withOwnType(withPods(object, { addOn, place, config })), { addOn, namespace }))
}

function marked(object: KubeObject, { addOn, namespace }: { addOn: AddOnName; namespace: string }): KubeObject {
  const { labels, ...metadata } = object.metadata
  const marks = { 'app.kubernetes.io/managed-by': 'meshwright', [addOnLabel]: addOn, [besideLabel]: namespace }
  return { ...object, metadata: { ...metadata, labels: { ...labels, ...marks } } }
}

/** Nothing here is for the outside of a cluster: whoever reaches it is not asked who they are. */
function withOwnType(object: KubeObject): KubeObject {
  return object.kind === 'Service' ? { ...object, spec: { ...(object.spec as object), type: 'ClusterIP' } } : object
}

interface PodSettings {
  addOn: AddOnName
  place: AddOnPlace
  config: string
}

/** The image of this version in its one container, the marks that keep every mesh out, and the hash of its configuration, so that a change of it restarts the pod. */
function withPods(object: KubeObject, { addOn, place: { images, from }, config }: PodSettings): KubeObject {
  if (object.kind !== 'Deployment') return object
  const { template, ...spec } = object.spec as { template: PodTemplate }
  const containers = template.spec.containers.map((container) => ({ ...container, image: fromRegistry(images[addOn], from?.registry) }))
  const pullSecrets = from?.pullSecrets?.length ? { imagePullSecrets: from.pullSecrets.map((name) => ({ name })) } : {}
  const metadata = {
    labels: { ...template.metadata.labels, ...outsideMarks.labels },
    annotations: { ...outsideMarks.annotations, [configAnnotation]: config },
  }
  return { ...object, spec: { ...spec, template: { metadata, spec: { ...template.spec, ...pullSecrets, containers } } } }
}

interface PodTemplate {
  metadata: { labels: Record<string, string> }
  spec: { containers: object[] }
}

function hashOf(objects: readonly KubeObject[]): string {
  return createHash('sha256').update(canonicalJson(objects)).digest('hex').slice(0, 16)
}
