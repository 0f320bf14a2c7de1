import type { KubeObject } from '../../kube/kube-object.js'
import { webhookKinds, webhooksOf } from './admission/webhook-configuration.js'
import { count } from './count.js'
import { deleteStep } from './delete-step.js'
import type { InstalledRelease } from './installed-releases.js'
import { keyOf } from './judge-object.js'
import type { Scene, Step } from './mesh-adapter.js'
import { releaseObjects } from './release-manifest.js'
import { whenForbidden } from './when-forbidden.js'

/** The webhook configurations of some releases that are there and refuse what they are asked about when nobody answers. */
export async function findClosedWebhooks({ session }: Scene, releases: readonly InstalledRelease[]): Promise<KubeObject[]> {
  const manifests = await Promise.all(releases.map(({ payload, namespace }) => releaseObjects(session, payload, namespace)))
  const named = manifests.flat().filter((object) => webhookKinds.some(({ kind }) => kind === object.kind))
  const live = await Promise.all(named.map((object) => whenForbidden(session.get(keyOf(object)), undefined)))
  return live.flatMap((object) => (object !== undefined && isClosed(object) ? [object] : []))
}

function isClosed(object: KubeObject): boolean {
  return webhooksOf(object).some(({ failurePolicy }) => failurePolicy === 'Fail')
}

/** Before a control plane goes: a webhook that fails closed would refuse objects of others from the moment when nobody answers it. */
export function webhooksFirst(scene: Scene, { webhooks, timeoutMs }: { webhooks: readonly KubeObject[]; timeoutMs: number }): Step[] {
  if (webhooks.length === 0) return []
  return [
    deleteStep(scene, {
      ...{ key: 'webhooks', title: `Delete ${count(webhooks.length, 'webhook configuration')} that would refuse objects of others` },
      ...{ component: 'webhooks', objects: webhooks, timeoutMs },
      equivalent: webhooks.map(({ kind, metadata }) => `kubectl delete ${kind.toLowerCase()} ${metadata.name}`).join(' && '),
    }),
  ]
}
