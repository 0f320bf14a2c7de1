import { z } from 'zod'
import type { KubeObject } from '../../../kube/kube-object.js'
import type { Finding } from '../../../proto/gen/meshwright/adapter/v1/adapter.js'
import { applyStep } from '../../runtime/apply-step.js'
import type { ClusterSession } from '../../runtime/cluster-session.js'
import { foreignFindings } from '../../runtime/judge-control-planes.js'
import { keyOf } from '../../runtime/judge-object.js'
import { refOf } from '../../runtime/manifests.js'
import type { Action, Scene, Step } from '../../runtime/mesh-adapter.js'
import { imagesSchema } from '../../runtime/parameters-schema.js'
import { isError, refusedAction } from '../../runtime/plan-findings.js'
import { checkPermissions, checkScope } from '../../runtime/preflight.js'
import { checkCapacity } from '../../runtime/surroundings/capacity.js'
import { waitStep } from '../../runtime/wait-step.js'
import { whenForbidden } from '../../runtime/when-forbidden.js'
import { type AddOn, addOnNames, istioAddOns } from '../istio-add-ons.js'
import { istioCatalog as catalog } from '../istio-catalog.js'
import { findRevision, placeOf, planeFindings } from '../revisions/revision-releases.js'
import { aboutFindings, needFindings, notForProduction, unknownVersion } from './add-on-findings.js'
import { addOnObjects, imagesFor } from './add-on-objects.js'
import { addOnParameters, requiringAddOns } from './add-on-parameters.js'
import { foreignObjects } from './find-add-ons.js'

const Params = z.object({ addOns: z.array(z.enum(addOnNames)), timeoutSeconds: z.number().default(300) })

/**
 * Brings add-ons up beside a control plane, in the versions that belong to its minor version; what is there of them already is
 * brought to that. They are reached inside the cluster only.
 */
export const installAddOnAction: Action = {
  key: 'install-add-on',
  title: 'Install add-ons',
  category: 'add-on',
  scope: 'cluster',
  destructive: false,
  requires: ['installation'],
  handling: 'upgrade',
  parametersSchema: requiringAddOns(imagesSchema(addOnParameters)),
  prepare: async (call, scene) => {
    const { session } = scene
    const scope = checkScope(session, catalog.title)
    if (scope.length > 0) return refusedAction(scope)
    const { addOns: names, timeoutSeconds } = Params.parse(call.parameters.params)
    const found = await findRevision(session, placeOf(call))
    const standing = [...planeFindings(found), ...foreignFindings(catalog, found.installed.planes, 'upgrade')]
    if (found.istiod === undefined || standing.some(isError)) return refusedAction(standing)
    const version = found.istiod.payload.chartVersion
    const images = imagesFor(version)
    if (images === undefined) return refusedAction([...standing, unknownVersion(version)])
    const place = { namespace: found.place.namespace, images, from: call.parameters.images }
    const chosen = istioAddOns.addOns.filter(({ addOn }) => names.includes(addOn))
    const parts = await Promise.all(chosen.map(async (addOn) => ({ addOn, objects: await addOnObjects(addOn.addOn, place) })))
    const findings = [
      ...standing,
      ...(await foreignObjects(
        session,
        parts.flatMap(({ objects }) => objects),
      )),
    ]
    if (scene.operation === '' && findings.some(isError)) return refusedAction(findings)
    return {
      steps: stepsOf(scene, parts, timeoutSeconds * 1000),
      findings: [...findings, ...(await partFindings(session, parts, place.namespace))],
      confirmations: [],
      leftovers: [],
      inputs: parts.map(({ objects }) => objects),
    }
  },
}

interface Part {
  addOn: AddOn
  objects: KubeObject[]
}

/** All of them come up together; what one reads from another it asks for again until it answers. */
function stepsOf(scene: Scene, parts: readonly Part[], timeoutMs: number): Step[] {
  const applied = parts.map(({ addOn: { addOn, title }, objects }) =>
    applyStep(scene, { key: addOn, title: `Apply ${title}`, component: addOn, objects, force: false, equivalent: '' }),
  )
  const workloads = parts.flatMap(({ objects }) => objects.filter(({ kind }) => kind === 'Deployment'))
  const ready = { key: 'ready', title: 'Wait until the add-ons are ready', component: 'add-ons', objects: workloads, timeoutMs }
  return [...applied, waitStep(scene, ready)]
}

async function partFindings(session: ClusterSession, parts: readonly Part[], namespace: string): Promise<Finding[]> {
  const objects = parts.flatMap((part) => part.objects)
  const chosen = parts.map(({ addOn }) => addOn)
  const [permissions, needs, room] = await Promise.all([
    checkPermissions(session, { objects: objects.map(refOf), verbs: ['get', 'create', 'patch'] }),
    needFindings(session, chosen, namespace),
    arriving(session, objects).then((some) => checkCapacity(session, some)),
  ])
  return [...permissions, ...needs, ...room, notForProduction, ...chosen.flatMap((addOn) => aboutFindings(addOn, namespace))]
}

async function arriving(session: ClusterSession, objects: readonly KubeObject[]): Promise<KubeObject[]> {
  const there = await Promise.all(objects.map((object) => whenForbidden(session.get(keyOf(object)), object)))
  return objects.filter((_object, index) => there[index] === undefined)
}
