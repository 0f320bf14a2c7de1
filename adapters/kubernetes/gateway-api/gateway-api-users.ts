import { z } from 'zod'
import type { KubeObject } from '../../../kube/kube-object.js'
import type { Finding } from '../../../proto/gen/meshwright/adapter/v1/adapter.js'
import type { ClusterSession } from '../../runtime/cluster-session.js'
import { groupBy } from '../../runtime/group-by.js'
import { refOf } from '../../runtime/manifests.js'
import { warningFinding } from '../../runtime/plan-findings.js'

const GatewayClass = z.looseObject({ spec: z.looseObject({ controllerName: z.string() }) })

/** One finding for each controller that has a GatewayClass here: a mesh, or a gateway of its own. */
export async function findGatewayUsers(session: ClusterSession): Promise<Finding[]> {
  const [stable = [], beta = []] = await Promise.all(['v1', 'v1beta1'].map((version) => session.list(gatewayClass(version))))
  const classes = stable.length > 0 ? stable : beta
  return [...groupBy(classes, controllerOf)].map(([controller, own]) =>
    warningFinding({
      code: 'gateway-api-used',
      message: `${controller} works with the Gateway API of this cluster.`,
      cause: `It has ${own.map(({ metadata }) => `GatewayClass ${metadata.name}`).join(', ')}.`,
      remedy: 'Make sure that it works with the new version: the page of each mesh names the versions that it works with.',
      ...(own[0] ? { object: refOf(own[0]) } : {}),
    }),
  )
}

function gatewayClass(version: string) {
  return { apiVersion: `gateway.networking.k8s.io/${version}`, kind: 'GatewayClass' }
}

function controllerOf(object: KubeObject): string {
  return GatewayClass.safeParse(object).data?.spec.controllerName ?? 'An unnamed controller'
}
