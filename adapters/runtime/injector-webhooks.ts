import type { KubeObject } from '../../kube/kube-object.js'
import { type LabelSelector, matchesLabels } from '../../kube/label-selector.js'
import type { ClusterSession } from './cluster-session.js'
import { injectors } from './other-meshes.js'
import { whenForbidden } from './when-forbidden.js'

/** One webhook that is asked for each new pod that it selects. */
export interface InjectorWebhook {
  mesh: string
  configuration: KubeObject
  name: string
  namespaceSelector?: LabelSelector
  objectSelector?: LabelSelector
  failurePolicy?: string
  /** Where it is served; missing for an address outside of the cluster. */
  service?: { namespace: string; name: string }
}

/** The injectors of every mesh that Meshwright knows by name; undefined when the connection may not list webhooks. */
export async function findInjectorWebhooks(session: ClusterSession): Promise<InjectorWebhook[] | undefined> {
  const kind = { apiVersion: 'admissionregistration.k8s.io/v1', kind: 'MutatingWebhookConfiguration' }
  const configurations = await whenForbidden(session.list(kind), undefined)
  return configurations?.flatMap((configuration) => {
    const injector = injectors.find(({ name }) => name.test(configuration.metadata.name ?? ''))
    const { webhooks = [] } = configuration as { webhooks?: RawWebhook[] }
    if (injector === undefined) return []
    return webhooks.filter(isForNewPods).map(({ rules: _rules, clientConfig, ...webhook }) => ({
      ...webhook,
      mesh: injector.mesh,
      configuration,
      ...(clientConfig?.service ? { service: clientConfig.service } : {}),
    }))
  })
}

/** Whether a webhook is asked for a pod with these labels in a namespace with those. */
export function isAsked(
  { namespaceSelector, objectSelector }: InjectorWebhook,
  labels: { namespace: Record<string, string>; pod: Record<string, string> },
): boolean {
  return matchesLabels(namespaceSelector, labels.namespace) && matchesLabels(objectSelector, labels.pod)
}

interface RawWebhook {
  name: string
  rules?: { operations?: string[]; resources?: string[] }[]
  namespaceSelector?: LabelSelector
  objectSelector?: LabelSelector
  failurePolicy?: string
  clientConfig?: { service?: { namespace: string; name: string } }
}

function isForNewPods({ rules = [] }: RawWebhook): boolean {
  const has = (values: string[] | undefined, wanted: string) => values?.some((value) => value === wanted || value === '*') ?? false
  return rules.some(({ operations, resources }) => has(operations, 'CREATE') && has(resources, 'pods'))
}
