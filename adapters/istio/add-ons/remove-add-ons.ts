import type { Confirmation, Finding } from '../../../proto/gen/meshwright/adapter/v1/adapter.js'
import type { ChartMesh } from '../../runtime/chart-mesh.js'
import { deleteStep } from '../../runtime/delete-step.js'
import { refOf } from '../../runtime/manifests.js'
import type { Scene, Step } from '../../runtime/mesh-adapter.js'
import { infoFinding } from '../../runtime/plan-findings.js'
import { checkPermissions } from '../../runtime/preflight.js'
import { whenForbidden } from '../../runtime/when-forbidden.js'
import { addOnLabel, besideLabel } from './add-on-objects.js'
import { type FoundAddOn, findAddOns } from './find-add-ons.js'

/** What taking add-ons away comes to. */
interface Removal {
  steps: Step[]
  findings: Finding[]
  confirmations: Confirmation[]
}

/** One step for each add-on, those that read from others first. What an add-on has in memory is lost, and asked about. */
export async function removeAddOns(
  scene: Scene,
  found: readonly FoundAddOn[],
  { namespace, timeoutMs }: { namespace: string; timeoutMs: number },
): Promise<Removal> {
  const objects = found.flatMap((each) => each.objects)
  return {
    steps: found.toReversed().map((each) => removeStep(scene, each, { namespace, timeoutMs })),
    findings: objects.length > 0 ? await checkPermissions(scene.session, { objects: objects.map(refOf), verbs: ['get', 'delete'] }) : [],
    confirmations: confirmLost(found),
  }
}

/**
 * Add-ons go before the mesh that they look at, and stay while another control plane of their namespace does. Who may not list
 * their kinds sees none of them, and could delete none.
 */
export const addOnsAtUninstall: ChartMesh['beside'] & {} = async (scene, { place: { namespace }, others, timeoutMs }) => {
  const found = await whenForbidden(findAddOns(scene.session, namespace), [])
  const staying = others.find((other) => other.namespace === namespace)
  if (staying === undefined || found.length === 0) return removeAddOns(scene, found, { namespace, timeoutMs })
  const message = `${titlesOf(found)} stay: revision ${staying.revision} in namespace ${namespace} is looked at by them, too.`
  return {
    steps: [],
    findings: [infoFinding({ code: 'add-ons-kept', message, remedy: 'They go with the last revision.' })],
    confirmations: [],
  }
}

/** `Prometheus, Grafana`: for texts. */
export function titlesOf(found: readonly Pick<FoundAddOn, 'addOn'>[]): string {
  return found.map(({ addOn }) => addOn.title).join(', ')
}

function removeStep(
  scene: Scene,
  { addOn, objects }: FoundAddOn,
  { namespace, timeoutMs }: { namespace: string; timeoutMs: number },
): Step {
  const kinds = [...new Set(objects.map(({ kind }) => kind.toLowerCase()))].join(',')
  return deleteStep(scene, {
    ...{ key: `remove-${addOn.addOn}`, title: `Remove ${addOn.title}`, component: addOn.addOn },
    ...{ objects, timeoutMs },
    equivalent: `kubectl delete ${kinds} --namespace ${namespace} --selector ${addOnLabel}=${addOn.addOn},${besideLabel}=${namespace}`,
  })
}

function confirmLost(found: readonly FoundAddOn[]): Confirmation[] {
  const forgetting = found.filter(({ addOn, objects }) => addOn.forgets && objects.some(({ kind }) => kind === 'Deployment'))
  if (forgetting.length === 0) return []
  const lost = forgetting.map(({ addOn }) => `${addOn.title} with ${addOn.forgets}`).join(', and ')
  return [
    {
      code: 'add-on-data-lost',
      text: `${lost}: what an add-on has collected goes with it and is kept nowhere else.`,
      destructive: true,
      objects: forgetting.flatMap(({ objects }) => objects.filter(({ kind }) => kind === 'Deployment').map(refOf)),
    },
  ]
}
