import { z } from 'zod'
import type { KubeObject } from '../../../kube/kube-object.js'
import type { LabelSelector } from '../../../kube/label-selector.js'

const Rule = z.looseObject({
  operations: z.array(z.string()).default([]),
  apiGroups: z.array(z.string()).default([]),
  apiVersions: z.array(z.string()).default([]),
  resources: z.array(z.string()).default([]),
  scope: z.string().default('*'),
})
// The API server's own defaults stand for what is left out.
const Webhook = z.looseObject({
  name: z.string(),
  failurePolicy: z.string().default('Fail'),
  matchPolicy: z.string().default('Equivalent'),
  timeoutSeconds: z.number().default(10),
  matchConditions: z.array(z.unknown()).default([]),
  rules: z.array(Rule).default([]),
  namespaceSelector: z.custom<LabelSelector>().optional(),
  objectSelector: z.custom<LabelSelector>().optional(),
  clientConfig: z
    .looseObject({
      caBundle: z.string().default(''),
      url: z.string().optional(),
      service: z.looseObject({ namespace: z.string(), name: z.string() }).optional(),
    })
    .prefault({}),
})
const Configuration = z.looseObject({
  webhooks: z
    .array(Webhook)
    .nullish()
    .transform((found) => found ?? []),
})

/** One webhook of a configuration, with the API server's defaults. */
export type Webhook = z.infer<typeof Webhook>

/** When a webhook is asked, as far as the request's kind goes. */
export type WebhookRule = z.infer<typeof Rule>

/** The two kinds of webhook configurations, as keys of lists. */
export const webhookKinds = ['MutatingWebhookConfiguration', 'ValidatingWebhookConfiguration'].map((kind) => ({
  apiVersion: 'admissionregistration.k8s.io/v1',
  kind,
}))

/** The webhooks of a configuration; it may have none. */
export function webhooksOf(configuration: KubeObject): Webhook[] {
  return Configuration.parse(configuration).webhooks
}
