import { z } from 'zod'
import type { Finding } from '../../proto/gen/meshwright/adapter/v1/adapter.js'
import type { Check } from '../runtime/checks/check.js'
import { refOf } from '../runtime/manifests.js'
import { infoFinding, warningFinding } from '../runtime/plan-findings.js'

// What Kuma's chart calls the one port of the Service <name>-global-zone-sync, whatever the Service is called.
const portName = 'global-zone-sync'

const SyncService = z.looseObject({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z.looseObject({ name: z.string(), namespace: z.string() }),
  spec: z.looseObject({
    type: z.string().default('ClusterIP'),
    ports: z.array(z.looseObject({ name: z.string().default(''), port: z.number(), nodePort: z.number().optional() })).default([]),
  }),
  status: z
    .looseObject({
      loadBalancer: z
        .looseObject({ ingress: z.array(z.looseObject({ ip: z.string().default(''), hostname: z.string().default('') })).default([]) })
        .default({ ingress: [] }),
    })
    .default({ loadBalancer: { ingress: [] } }),
})
type SyncService = z.infer<typeof SyncService>

/** On a global control plane: what the installation of a zone is to be given as its address. A zone has no such Service. */
export const zoneAddress: Check = {
  code: 'zone-address',
  holds: 'Where it takes zones, it has an address for them.',
  question: 'zones can reach the control plane from outside',
  needsRunning: true,
  find: async ({ session, namespace }) => {
    const services = await session.list({ apiVersion: 'v1', kind: 'Service' }, { namespace })
    return services
      .map((each) => SyncService.parse(each))
      .filter(({ spec }) => spec.ports.some(({ name }) => name === portName))
      .map(addressFinding)
  },
}

function addressFinding(service: SyncService): Finding {
  const { metadata, spec, status } = service
  const name = `Service ${metadata.namespace}/${metadata.name}`
  const object = refOf(service)
  const { port = 0, nodePort } = spec.ports.find((each) => each.name === portName) ?? {}
  const hosts = status.loadBalancer.ingress.map(({ ip, hostname }) => ip || hostname).filter(Boolean)
  if (hosts.length > 0) {
    const addresses = hosts.map((host) => `grpcs://${host.includes(':') ? `[${host}]` : host}:${port}`)
    const message = `Zones reach this global control plane under ${addresses.join(' or ')}.`
    const remedy = 'Name this installation (global) or the address (globalAddress) where a zone is installed.'
    return infoFinding({ code: 'global-address', message, cause: `${name} has it from its load balancer.`, remedy, object })
  }
  if (spec.type === 'NodePort' && nodePort !== undefined) {
    const message = `Zones reach this global control plane under port ${nodePort} of each node.`
    const remedy = `Give grpcs://, the address of a node that zones can reach, and :${nodePort} as globalAddress where a zone is installed.`
    return infoFinding({ code: 'global-address', message, cause: `${name} is of type NodePort.`, remedy, object })
  }
  return warningFinding({ code: 'global-address-missing', ...missing(name, spec.type), object })
}

function missing(name: string, type: string): { message: string; cause: string; remedy: string } {
  const message = 'This global control plane has no address from outside yet.'
  if (type === 'LoadBalancer') {
    const remedy = `Look at the events of ${name}. A cluster without load balancers needs controlPlane.globalZoneSyncService.type: NodePort.`
    return { message, cause: `${name} waits for the load balancer of the cluster.`, remedy }
  }
  const remedy = 'Set controlPlane.globalZoneSyncService.type to LoadBalancer or NodePort in the values of its release.'
  return { message, cause: `${name} is of type ${type}, which is reached from inside of the cluster only.`, remedy }
}
