import { z } from 'zod'
import { readCertificates } from '../../../certificates/read-certificates.js'
import type { KubeObject } from '../../../kube/kube-object.js'
import type { HeldCertificates } from './certificate-holders.js'
import type { CertificateRules, CheckScene } from './check.js'
import { webhookConfigurations } from './webhook-configurations.js'

const ApiService = z.looseObject({
  spec: z.looseObject({
    caBundle: z.string().default(''),
    service: z.looseObject({ namespace: z.string(), name: z.string() }).nullish(),
  }),
})

/** By which certificates the API server trusts the mesh's webhooks and aggregated APIs: the caBundles that it keeps. */
export async function bundlesOfApiServer({ webhooks: names }: CertificateRules, scene: CheckScene): Promise<HeldCertificates[]> {
  const [configurations, services] = await Promise.all([webhookConfigurations(scene, names), apiServices(scene)])
  const ofWebhooks = configurations.flatMap(({ object, webhooks }) =>
    webhooks.flatMap(({ clientConfig: { caBundle } }, index) =>
      hold(object, { field: `webhooks[${index}].clientConfig.caBundle`, caBundle, purpose: 'what the API server trusts a webhook by' }),
    ),
  )
  const ofServices = services.flatMap(({ object, caBundle }) =>
    hold(object, { field: 'spec.caBundle', caBundle, purpose: 'what the API server trusts an aggregated API by' }),
  )
  return [...ofWebhooks, ...ofServices]
}

/** Extensions of a mesh live in namespaces beside its own: `linkerd-viz` beside `linkerd`. */
async function apiServices({ session, namespace }: CheckScene): Promise<{ object: KubeObject; caBundle: string }[]> {
  const all = await session.list({ apiVersion: 'apiregistration.k8s.io/v1', kind: 'APIService' })
  return all.flatMap((object) => {
    const { service, caBundle } = ApiService.parse(object).spec
    const isOurs = service?.namespace === namespace || service?.namespace.startsWith(`${namespace}-`)
    return isOurs ? [{ object, caBundle }] : []
  })
}

function hold(
  { apiVersion, kind, metadata }: KubeObject,
  { field, caBundle, purpose }: { field: string; caBundle: string; purpose: string },
): HeldCertificates[] {
  if (caBundle === '') return []
  const object = { apiVersion, kind, metadata }
  return [{ object, field, use: 'webhook', purpose, ...readCertificates(Buffer.from(caBundle, 'base64').toString('utf8')) }]
}
