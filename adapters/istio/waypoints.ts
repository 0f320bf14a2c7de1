import { z } from 'zod'
import type { KubeObject } from '../../kube/kube-object.js'
import type { ChartMesh } from '../runtime/chart-mesh.js'
import { count } from '../runtime/count.js'
import { deleteStep } from '../runtime/delete-step.js'
import { exportStep } from '../runtime/export-step.js'
import { refOf } from '../runtime/manifests.js'
import { warningFinding } from '../runtime/plan-findings.js'
import { revisionLabel, revisionOf } from '../runtime/revisions.js'
import { someNames } from '../runtime/some-names.js'
import { whenForbidden } from '../runtime/when-forbidden.js'
import { istioCatalog } from './istio-catalog.js'

const kind = { apiVersion: 'gateway.networking.k8s.io/v1', kind: 'Gateway' }
const waypointClass = 'istio-waypoint'
// Classes whose Gateways istiod runs pods for (istio: pkg/config/constants/constants.go).
const servedClasses = ['istio', 'istio-east-west']
const Gateway = z.looseObject({ spec: z.looseObject({ gatewayClassName: z.string() }) })

/**
 * Waypoints go before the members leave: while they are there, traffic of members goes through them. They are Gateways that
 * somebody wrote, so they are in a file first. Other Gateways of Istio stay: another implementation can take them over.
 */
export const waypointsAtUninstall: ChartMesh['ahead'] & {} = async (scene, { place, others, timeoutMs }) => {
  const found = await whenForbidden(scene.session.list(kind), [])
  const label = revisionLabel(istioCatalog)
  const own = others.length === 0 ? found : found.filter((gateway) => revisionOf(gateway, label) === place.revision)
  const waypoints = own.filter((gateway) => classOf(gateway) === waypointClass)
  const unserved = own.filter((gateway) => servedClasses.includes(classOf(gateway)))
  const findings = unserved.length > 0 ? [unservedFinding(unserved)] : []
  if (waypoints.length === 0) return { steps: [], findings, confirmations: [] }
  const uids = new Set(waypoints.map(({ metadata }) => metadata.uid))
  const many = count(waypoints.length, 'waypoint')
  return {
    steps: [
      exportStep(scene, {
        ...{ key: 'export-waypoints', title: `Export ${many}`, component: 'waypoints', file: 'istio-waypoints', kinds: [kind] },
        select: ({ metadata }) => uids.has(metadata.uid),
        restoredAfter: 'install Istio with its ambient data plane again',
      }),
      deleteStep(scene, {
        ...{ key: 'waypoints', title: `Delete ${many}`, component: 'waypoints', objects: waypoints, timeoutMs },
        equivalent: waypoints
          .map(({ metadata }) => `kubectl delete gateway ${metadata.name} --namespace ${metadata.namespace}`)
          .join(' && '),
      }),
    ],
    findings,
    confirmations: [
      {
        code: 'waypoints-lost',
        text: `${many} will be deleted before the members leave (${listed(waypoints)}), and the pods behind ${waypoints.length === 1 ? 'it' : 'them'}. Routes and policies that a waypoint carries out end then. The Gateways are exported first, into a file that this operation keeps.`,
        destructive: true,
        objects: waypoints.map(refOf),
      },
    ],
  }
}

function classOf(gateway: KubeObject): string {
  return Gateway.parse(gateway).spec.gatewayClassName
}

function unservedFinding(gateways: readonly KubeObject[]) {
  const [first] = gateways
  return warningFinding({
    code: 'gateways-unserved',
    message: `${count(gateways.length, 'Gateway')} of Istio's classes ${gateways.length === 1 ? 'stays' : 'stay'}, and nobody serves ${gateways.length === 1 ? 'it' : 'them'} any more: ${listed(gateways)}.`,
    cause: 'They are objects of the Gateway API that somebody wrote. Their pods run on, without new configuration and new certificates.',
    remedy: 'Give them the class of another implementation, or delete them.',
    ...(first ? { object: refOf(first) } : {}),
  })
}

function listed(gateways: readonly KubeObject[]): string {
  const names = gateways.map(({ metadata }) => `${metadata.namespace}/${metadata.name}`).sort()
  return someNames(names, 10)
}
