import { z } from 'zod'
import { readCertificates } from '../../certificates/read-certificates.js'
import type { Finding } from '../../proto/gen/meshwright/adapter/v1/adapter.js'
import type { ChartMesh, Surroundings, Wanted } from '../runtime/chart-mesh.js'
import { type ComponentInstance, deepMerge } from '../runtime/components.js'
import type { Scene } from '../runtime/mesh-adapter.js'
import { label } from '../runtime/parameters-schema.js'
import { errorFinding, warningFinding } from '../runtime/plan-findings.js'
import { kumaCatalog } from './kuma-catalog.js'
import { strictMeshes } from './strict-meshes.js'

const Params = z.looseObject({
  mode: z.enum(['zone', 'global']).default('zone'),
  zone: z.string().default(''),
  globalAddress: z.string().default(''),
  globalCa: z.string().default(''),
  ingress: z.boolean().default(false),
  egress: z.boolean().default(false),
})

/** Kuma by its one chart, as a zone or as the global control plane of zones. Its definitions lie in crds/, so an upgrade brings them in a step of their own. */
export const kumaCharts: ChartMesh = {
  catalog: kumaCatalog,
  params: {
    mode: {
      enum: ['zone', 'global'],
      default: 'zone',
      title: 'Control plane',
      description:
        'zone: of this cluster, alone or under a global one. global: holds the policies of zones in other clusters, and has no members itself.',
    },
    zone: { ...label, title: 'Name of the zone', description: 'Needed under a global control plane, and never changed later.' },
    globalAddress: {
      type: 'string',
      maxLength: 300,
      pattern: '^grpcs?://[A-Za-z0-9.:\\[\\]-]+$',
      title: 'Address of the global control plane',
      description: 'Such as grpcs://global.example:5685, as its installation serves it to zones. Empty: the zone stands alone.',
    },
    global: {
      type: 'string',
      maxLength: 200,
      title: 'Global control plane',
      description: 'The id of its installation, in whatever cluster it is: its address is read there. In the stead of the address.',
      // The server puts the address into the call; an adapter has no way to another cluster.
      'x-installation-address': { into: 'globalAddress', port: 'global-zone-sync', scheme: 'grpcs' },
    },
    globalCa: {
      type: 'string',
      maxLength: 20_000,
      title: 'Authority of the global control plane',
      description: 'The certificate that signed the one which it shows to zones (controlPlane.tls.kdsGlobalServer there), as PEM.',
      'x-editor': 'yaml',
    },
    ingress: { type: 'boolean', default: false, title: 'Zone ingress', description: 'Takes the traffic of other zones in.' },
    egress: {
      type: 'boolean',
      default: false,
      title: 'Zone egress',
      description: 'Sends all traffic to other zones and outside through one place.',
    },
  },
  place: placeKuma,
  check: checkZone,
  strict: strictMeshes,
}

function placeKuma(instance: ComponentInstance, { params }: Surroundings): ComponentInstance {
  const { mode, zone, globalAddress, globalCa, ingress, egress } = Params.parse(params)
  const controlPlane = {
    ...(mode === 'global' ? { mode } : {}),
    ...(zone ? { zone } : {}),
    ...(globalAddress ? { kdsGlobalAddress: globalAddress } : {}),
    // A certificate is no secret: the chart makes the Secret that the control plane reads it from.
    ...(globalCa.trim() ? { tls: { kdsZoneClient: { create: true, cert: globalCa } } } : {}),
  }
  const asked = {
    ...(Object.keys(controlPlane).length > 0 ? { controlPlane } : {}),
    ...(ingress ? { ingress: { enabled: true } } : {}),
    ...(egress ? { egress: { enabled: true } } : {}),
  }
  return { ...instance, values: deepMerge(asked, instance.values) }
}

/** What Kuma's chart or its control plane would refuse only later, and without saying what to do. */
async function checkZone(_scene: Scene, { params, instances }: Wanted): Promise<Finding[]> {
  const { mode, zone, globalAddress, globalCa, ingress, egress } = Params.parse(params)
  if (mode === 'global' && (zone || globalAddress || globalCa || ingress || egress)) {
    return [
      errorFinding({
        code: 'global-is-no-zone',
        message: 'A global control plane has no zone, no global control plane above it, and no ingress or egress of its own.',
        cause: 'Those belong to the zones that it looks after.',
        remedy: 'Leave them out here, and set them where the zones are installed.',
      }),
    ]
  }
  const unnamed = errorFinding({
    code: 'zone-unnamed',
    message: 'A zone under a global control plane needs a name.',
    cause: 'The global control plane tells its zones apart by their names.',
    remedy: 'Give the zone a name that no other zone has.',
  })
  const alone = warningFinding({
    code: 'ingress-without-zones',
    message: 'A zone ingress is wanted, and no global control plane.',
    cause: 'It takes traffic of other zones in, and without a global control plane there are none.',
    remedy: 'Name the address of the global control plane, or leave the ingress out.',
  })
  const untrusted = warningFinding({
    code: 'global-not-trusted',
    message: 'The zone has no certificate to check the global control plane by.',
    cause:
      'Kuma makes the certificate of a global control plane by itself, and nobody knows its authority (controlPlane.tls.kdsZoneClient): the zone would not connect.',
    remedy:
      'Unless its certificate is signed publicly, give its authority (globalCa), or set controlPlane.tls.kdsZoneClient.skipVerify to true on a network that you trust. The one that Kuma makes by itself does not name an address outside of its cluster: give the global one its own (controlPlane.tls.kdsGlobalServer).',
  })
  return [
    ...(globalAddress && !zone ? [unnamed] : []),
    ...checkGlobalCa(globalCa, new Date()),
    ...(ingress && !globalAddress ? [alone] : []),
    ...(globalAddress.startsWith('grpcs:') && !globalCa && !instances.some(trustsGlobal) ? [untrusted] : []),
  ]
}

/** An authority that cannot be read, or is over, lets no zone connect, and its control plane would say so in its log only. */
function checkGlobalCa(pem: string, now: Date): Finding[] {
  if (pem.trim() === '') return []
  const { certificates } = readCertificates(pem)
  const remedy = 'Give the certificate that signed the one which the global control plane shows to zones, as PEM.'
  const refuse = (code: string, message: string) => [errorFinding({ code, message, remedy })]
  if (certificates.length === 0) return refuse('global-ca-unreadable', 'The authority of the global control plane is no certificate.')
  const valid = certificates.some(({ notAfter }) => notAfter > now)
  return valid ? [] : refuse('global-ca-expired', `The authority of the global control plane (${certificates[0]?.subject}) has ended.`)
}

const Trust = z.looseObject({
  controlPlane: z.looseObject({ tls: z.looseObject({ kdsZoneClient: z.record(z.string(), z.json()) }) }),
})

function trustsGlobal({ values }: ComponentInstance): boolean {
  const found = Trust.safeParse(values)
  return found.success && ['secretName', 'skipVerify', 'create'].some((key) => Boolean(found.data.controlPlane.tls.kdsZoneClient[key]))
}
