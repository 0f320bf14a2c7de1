import { type FoundInstaller, readInstaller } from '../../installers/find-installer.js'
import { isAllowed } from '../../installers/installer-table.js'
import type { KubeObject } from '../../kube/kube-object.js'
import type { Catalog } from './catalog.js'
import type { Place } from './chart-mesh.js'
import { type WebhookConfiguration, webhookConfigurations } from './checks/webhook-configurations.js'
import type { ClusterSession } from './cluster-session.js'
import { hasReadyEndpoint } from './ready-endpoint.js'
import { revisionLabel, revisionOf } from './revisions.js'

/** Webhook configurations of an installation that refuse whatever they are asked about, because nobody answers. */
export interface SilentWebhooks {
  own: KubeObject[]
  /** Of another tool, which would bring them back. */
  others: { object: KubeObject; found: FoundInstaller }[]
}

/** Only those that call nobody but the installation itself, fail closed, and get no answer from any of their Services. */
export async function findSilentWebhooks(
  session: ClusterSession,
  catalog: Catalog,
  { names, place }: { names: RegExp; place: Place },
): Promise<SilentWebhooks> {
  const label = revisionLabel(catalog)
  const all = await webhookConfigurations({ session, namespace: place.namespace }, names)
  const found = all.filter(({ object }) => label === '' || revisionOf(object, label) === place.revision)
  const looked = await Promise.all(found.map(async (each) => ({ each, silent: await isSilent(session, each, place.namespace) })))
  const silent = looked.flatMap(({ each: { object }, silent }) => (silent ? [{ object, found: readInstaller(object.metadata) }] : []))
  return {
    own: silent.flatMap(({ object, found }) => (isAllowed(found.installer, 'rescue') ? [object] : [])),
    others: silent.filter(({ found }) => !isAllowed(found.installer, 'rescue')),
  }
}

/** Whether a configuration fails closed, calls nobody outside of a namespace, and has nobody there who is ready to answer. */
export async function isSilent(
  session: ClusterSession,
  { webhooks }: Pick<WebhookConfiguration, 'webhooks'>,
  namespace: string,
): Promise<boolean> {
  if (webhooks.every(({ failurePolicy }) => failurePolicy !== 'Fail')) return false
  const services = webhooks.map(({ clientConfig: { service } }) => service)
  if (services.some((service) => service?.namespace !== namespace)) return false
  const names = [...new Set(services.flatMap((service) => service?.name ?? []))]
  const answered = await Promise.all(names.map((name) => hasReadyEndpoint(session, { namespace, name })))
  return answered.every((one) => !one)
}
