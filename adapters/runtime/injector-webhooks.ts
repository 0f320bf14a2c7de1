import { matchesLabels } from '../../kube/label-selector.js'
import { type AdmissionWebhook, meetsRules, newPod } from './admission/admission-webhooks.js'
import { webhooksOf } from './admission/webhook-configuration.js'
import type { ClusterSession } from './cluster-session.js'
import { injectors } from './other-meshes.js'
import { whenForbidden } from './when-forbidden.js'

/** One webhook that is asked for each new pod that it selects. */
export interface InjectorWebhook extends AdmissionWebhook {
  mesh: string
}

/** The injectors of every mesh that Meshwright knows by name; undefined when the connection may not list webhooks. */
export async function findInjectorWebhooks(session: ClusterSession): Promise<InjectorWebhook[] | undefined> {
  const kind = { apiVersion: 'admissionregistration.k8s.io/v1', kind: 'MutatingWebhookConfiguration' }
  const configurations = await whenForbidden(session.list(kind), undefined)
  return configurations?.flatMap((configuration) => {
    const injector = injectors.find(({ name }) => name.test(configuration.metadata.name ?? ''))
    if (injector === undefined) return []
    return webhooksOf(configuration)
      .filter((webhook) => meetsRules(webhook, newPod))
      .map((webhook) => ({ ...webhook, mesh: injector.mesh, configuration }))
  })
}

/** Whether a webhook is asked for a pod with these labels in a namespace with those. */
export function isAsked(
  { namespaceSelector, objectSelector }: InjectorWebhook,
  labels: { namespace: Record<string, string>; pod: Record<string, string> },
): boolean {
  return matchesLabels(namespaceSelector, labels.namespace) && matchesLabels(objectSelector, labels.pod)
}
