import { readInstaller } from '../../../installers/find-installer.js'
import { isAllowed } from '../../../installers/installer-table.js'
import type { KubeObject } from '../../../kube/kube-object.js'
import { defaultRevision } from '../chart-mesh.js'
import type { ClusterSession } from '../cluster-session.js'
import { injectors } from '../other-meshes.js'
import { revisionOf } from '../revisions.js'
import { isSilent } from '../silent-webhooks.js'
import { whenForbidden } from '../when-forbidden.js'
import { webhooksOf } from './webhook-configuration.js'

/**
 * How to be rid of a webhook configuration that nobody answers, as a sentence: by the rescue of its mesh where that would take
 * it, else by hand.
 */
export async function wayAway(session: ClusterSession, configuration: KubeObject): Promise<string> {
  const { kind, metadata } = configuration
  const name = metadata.name ?? ''
  const mesh = injectors.find(({ webhooks }) => webhooks?.test(name))
  const namespace = await silentNamespace(session, configuration)
  if (mesh === undefined || namespace === undefined)
    return `Or, when nobody needs it any more, keep a copy and take it away: kubectl delete ${kind.toLowerCase()} ${name}.`
  const revision = mesh.revisionLabel ? revisionOf(configuration, mesh.revisionLabel) : defaultRevision
  const flags = `--namespace ${namespace}${revision === defaultRevision ? '' : ` --revision ${revision}`}`
  return `Or take the webhooks of ${mesh.title} away by its rescue "Remove silent webhooks" (meshwright mesh run ${mesh.mesh} remove-webhooks ${flags}), which exports them first.`
}

// The API server takes any text for the namespace of a Service, and this one stands in a command.
const namespaceName = /^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/

/** The namespace whose Services would have to answer, if the rescue takes such a configuration. A simulated cluster keeps no endpoints, and without the right to look nothing is known. */
async function silentNamespace(session: ClusterSession, configuration: KubeObject): Promise<string | undefined> {
  const webhooks = webhooksOf(configuration)
  const namespace = webhooks[0]?.clientConfig.service?.namespace ?? ''
  if (session.simulated || !namespaceName.test(namespace)) return undefined
  if (!isAllowed(readInstaller(configuration.metadata).installer, 'rescue')) return undefined
  return (await whenForbidden(isSilent(session, { webhooks }, namespace), false)) ? namespace : undefined
}
