import type { KubeObject } from '../../../kube/kube-object.js'
import type { Check } from '../../runtime/checks/check.js'
import { nameOf, refOf } from '../../runtime/manifests.js'
import { warningFinding } from '../../runtime/plan-findings.js'
import { findPlane } from '../rotation/proxies.js'
import { readControlPlaneValues, withoutValues } from './control-plane-values.js'

// linkerd2: pkg/healthcheck, l5d-control-plane-replicas.

/** With the values for high availability, no part of the control plane stands on one pod. */
export const highlyAvailable: Check = {
  code: 'highly-available',
  holds: 'Where high availability was asked for, every part of the control plane has more than one pod.',
  question: 'the control plane has more than one pod of each part',
  find: async (scene) => {
    const values = await readControlPlaneValues(scene)
    if (values === undefined) return [withoutValues('Whether the control plane is highly available, where it was to be,')]
    if (!values.enablePodAntiAffinity) return []
    const single = (await findPlane(scene.session, scene.namespace)).filter((deployment) => readyOf(deployment) < 2)
    return single.map((deployment) =>
      warningFinding({
        code: 'not-highly-available',
        message: `${nameOf(deployment)} has ${readyOf(deployment)} available ${readyOf(deployment) === 1 ? 'pod' : 'pods'}, and was to be highly available.`,
        cause: 'Its values keep pods of one part on different nodes: there may be too few nodes, or too few replicas.',
        remedy: 'Set controllerReplicas to 3 and see that three nodes take pods.',
        object: refOf(deployment),
      }),
    )
  },
}

function readyOf({ status }: KubeObject): number {
  return ((status ?? {}) as { availableReplicas?: number }).availableReplicas ?? 0
}
