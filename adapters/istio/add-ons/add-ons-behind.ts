import type { KubeObject } from '../../../kube/kube-object.js'
import type { Finding } from '../../../proto/gen/meshwright/adapter/v1/adapter.js'
import type { Wanted } from '../../runtime/chart-mesh.js'
import type { Scene } from '../../runtime/mesh-adapter.js'
import { infoFinding } from '../../runtime/plan-findings.js'
import { whenForbidden } from '../../runtime/when-forbidden.js'
import { istioAddOns } from '../istio-add-ons.js'
import { addOnLabel, besideLabel, imagesFor } from './add-on-objects.js'

/** Our add-ons that will not be of the control plane's version: they are in no release, so that its upgrade does not touch them. */
export async function addOnsBehind({ session }: Scene, { namespace, version }: Wanted): Promise<Finding[]> {
  const images = imagesFor(version.version)
  if (images === undefined) return []
  const labelSelector = `${addOnLabel},${besideLabel}=${namespace}`
  const found = await whenForbidden(session.list({ apiVersion: 'apps/v1', kind: 'Deployment' }, { namespace, labelSelector }), [])
  const behind = istioAddOns.addOns.filter(({ addOn }) =>
    found.some((workload) => workload.metadata.labels?.[addOnLabel] === addOn && tagOf(imageOf(workload)) !== tagOf(images[addOn])),
  )
  if (behind.length === 0) return []
  return [
    infoFinding({
      code: 'add-ons-behind',
      message: `${behind.map(({ title }) => title).join(' and ')} ${behind.length === 1 ? 'stays as it is' : 'stay as they are'}.`,
      cause: 'Add-ons are in no helm release, so that an upgrade of Istio does not touch them.',
      remedy: `Install them once more when Istio ${version.version} is up (install-add-on: ${behind.map(({ addOn }) => addOn).join(', ')}): they come to the version that belongs to it.`,
    }),
  ]
}

function imageOf({ spec }: KubeObject): string {
  const { template } = (spec ?? {}) as { template?: { spec?: { containers?: { image: string }[] } } }
  return template?.spec?.containers?.[0]?.image ?? ''
}

// The registry may be one of the user's own.
function tagOf(image: string): string {
  return image.slice(image.lastIndexOf(':') + 1)
}
