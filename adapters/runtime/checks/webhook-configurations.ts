import { z } from 'zod'
import type { KubeObject } from '../../../kube/kube-object.js'
import type { CheckScene } from './check.js'

const Webhook = z.looseObject({
  name: z.string(),
  failurePolicy: z.string().default('Fail'),
  clientConfig: z.looseObject({
    caBundle: z.string().default(''),
    service: z.looseObject({ name: z.string(), namespace: z.string() }).optional(),
  }),
})
const Configuration = z.looseObject({
  webhooks: z
    .array(Webhook)
    .nullish()
    .transform((found) => found ?? []),
})

/** One webhook configuration of the mesh. */
export interface WebhookConfiguration {
  object: KubeObject
  webhooks: z.infer<typeof Webhook>[]
}

const kinds = ['MutatingWebhookConfiguration', 'ValidatingWebhookConfiguration']

/** Those with a fitting name that call a Service of the installation's namespace: another mesh, or another copy of this one, has its own. */
export async function webhookConfigurations(
  { session, namespace }: Pick<CheckScene, 'session' | 'namespace'>,
  names: RegExp,
): Promise<WebhookConfiguration[]> {
  const lists = await Promise.all(kinds.map((kind) => session.list({ apiVersion: 'admissionregistration.k8s.io/v1', kind })))
  return lists
    .flat()
    .filter(({ metadata }) => names.test(metadata.name ?? ''))
    .map((object) => ({ object, webhooks: Configuration.parse(object).webhooks }))
    .filter(({ webhooks }) => webhooks.some(({ clientConfig }) => clientConfig.service?.namespace === namespace))
}
