import { z } from 'zod'
import type { ObjectKey } from '../cluster-session.js'
import type { CheckScene } from './check.js'

const SecretRef = z.looseObject({ kind: z.string().default('Secret'), name: z.string(), namespace: z.string().optional() })
const GatewayApi = z.looseObject({
  metadata: z.looseObject({ namespace: z.string() }),
  spec: z.looseObject({
    gatewayClassName: z.string(),
    listeners: z
      .array(z.looseObject({ tls: z.looseObject({ certificateRefs: z.array(SecretRef).default([]) }).optional() }))
      .nullish()
      .transform((found) => found ?? []),
  }),
})
const IstioGateway = z.looseObject({
  metadata: z.looseObject({ namespace: z.string() }),
  spec: z
    .looseObject({
      selector: z.record(z.string(), z.string()).default({}),
      servers: z
        .array(z.looseObject({ tls: z.looseObject({ credentialName: z.string().default('') }).optional() }))
        .nullish()
        .transform((found) => found ?? []),
    })
    .prefault({}),
})

/** Secrets that gateways of this mesh serve with: named by Gateway API listeners of its classes, and by Istio's own Gateways. */
export async function gatewayCredentials(scene: CheckScene, classes: RegExp): Promise<ObjectKey[]> {
  const [listeners, servers] = await Promise.all([ofGatewayApi(scene, classes), ofIstio(scene)])
  return [...listeners, ...servers]
}

async function ofGatewayApi({ session }: CheckScene, classes: RegExp): Promise<ObjectKey[]> {
  const gateways = await session.list({ apiVersion: 'gateway.networking.k8s.io/v1', kind: 'Gateway' })
  return gateways
    .map((gateway) => GatewayApi.parse(gateway))
    .filter(({ spec }) => classes.test(spec.gatewayClassName))
    .flatMap(({ metadata, spec }) =>
      spec.listeners
        .flatMap(({ tls }) => tls?.certificateRefs ?? [])
        .filter(({ kind }) => kind === 'Secret')
        .map(({ name, namespace }) => secret(namespace ?? metadata.namespace, name)),
    )
}

/** The credential lies beside the gateway's pods, which the selector names, not beside the Gateway object. */
async function ofIstio({ session, catalog }: CheckScene): Promise<ObjectKey[]> {
  if (!catalog.customResources.includes('gateways.networking.istio.io')) return []
  const gateways = (await session.list({ apiVersion: 'networking.istio.io/v1', kind: 'Gateway' })).map((each) => IstioGateway.parse(each))
  const found = await Promise.all(
    gateways.map(async ({ spec }) => {
      const names = spec.servers.flatMap(({ tls }) => tls?.credentialName || [])
      const labelSelector = Object.entries(spec.selector)
        .map(([key, value]) => `${key}=${value}`)
        .join(',')
      if (names.length === 0 || labelSelector === '') return []
      const pods = await session.list({ apiVersion: 'v1', kind: 'Pod' }, { labelSelector, metadataOnly: true })
      const places = new Set(pods.map(({ metadata }) => metadata.namespace ?? ''))
      return [...places].flatMap((place) => names.map((name) => secret(place, name)))
    }),
  )
  return found.flat()
}

function secret(namespace: string, name: string): ObjectKey {
  return { apiVersion: 'v1', kind: 'Secret', namespace, name }
}
