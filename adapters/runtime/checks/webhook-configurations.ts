import type { KubeObject } from '../../../kube/kube-object.js'
import { type Webhook, webhookKinds, webhooksOf } from '../admission/webhook-configuration.js'
import type { CheckScene } from './check.js'

/** One webhook configuration of the mesh. */
export interface WebhookConfiguration {
  object: KubeObject
  webhooks: Webhook[]
}

/** Those with a fitting name that call a Service of the installation's namespace: another mesh, or another copy of this one, has its own. */
export async function webhookConfigurations(
  { session, namespace }: Pick<CheckScene, 'session' | 'namespace'>,
  names: RegExp,
): Promise<WebhookConfiguration[]> {
  const lists = await Promise.all(webhookKinds.map((kind) => session.list(kind)))
  return lists
    .flat()
    .filter(({ metadata }) => names.test(metadata.name ?? ''))
    .map((object) => ({ object, webhooks: webhooksOf(object) }))
    .filter(({ webhooks }) => webhooks.some(({ clientConfig }) => clientConfig.service?.namespace === namespace))
}
