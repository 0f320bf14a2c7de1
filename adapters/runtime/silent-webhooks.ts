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
  const found = await webhookConfigurations({ session, namespace: place.namespace }, names)
  const closed = found.filter(
    ({ object, webhooks }) =>
      (label === '' || revisionOf(object, label) === place.revision) &&
      webhooks.some(({ failurePolicy }) => failurePolicy === 'Fail') &&
      webhooks.every(({ clientConfig }) => clientConfig.service?.namespace === place.namespace),
  )
  const looked = await Promise.all(closed.map(async (each) => ({ each, silent: await isSilent(session, each) })))
  const silent = looked.flatMap(({ each: { object }, silent }) => (silent ? [{ object, found: readInstaller(object.metadata) }] : []))
  return {
    own: silent.flatMap(({ object, found }) => (isAllowed(found.installer, 'rescue') ? [object] : [])),
    others: silent.filter(({ found }) => !isAllowed(found.installer, 'rescue')),
  }
}

async function isSilent(session: ClusterSession, { webhooks }: WebhookConfiguration): Promise<boolean> {
  const services = webhooks.flatMap(({ clientConfig: { service } }) => service ?? [])
  const unique = [...new Map(services.map((service) => [service.name, service])).values()]
  const answered = await Promise.all(unique.map((service) => hasReadyEndpoint(session, service)))
  return answered.every((one) => !one)
}
