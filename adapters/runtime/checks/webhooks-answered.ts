import type { Finding } from '../../../proto/gen/meshwright/adapter/v1/adapter.js'
import type { ClusterSession } from '../cluster-session.js'
import { nameOf, refOf } from '../manifests.js'
import { errorFinding, warningFinding } from '../plan-findings.js'
import { hasReadyEndpoint } from '../ready-endpoint.js'
import { someNames } from '../some-names.js'
import type { Check } from './check.js'
import { type WebhookConfiguration, webhookConfigurations } from './webhook-configurations.js'

/** The API server can call each webhook of the mesh: it trusts somebody, and somebody answers. */
export function webhooksAnswered(names: RegExp): Check {
  return {
    code: 'webhooks-answered',
    holds: 'Every webhook of the mesh has a certificate to trust and somebody who answers.',
    question: 'the webhooks of the mesh are answered',
    needsRunning: true,
    find: async (scene) => {
      const configurations = await webhookConfigurations(scene, names)
      const findings = await Promise.all(configurations.map((each) => judge(scene.session, each)))
      return findings.flat()
    },
  }
}

async function judge(session: ClusterSession, { object, webhooks }: WebhookConfiguration): Promise<Finding[]> {
  const unsigned = webhooks.filter(({ clientConfig }) => clientConfig.caBundle === '').map(({ name }) => name)
  const services = new Map(
    webhooks.flatMap(({ clientConfig: { service } }) => (service ? [[`${service.namespace}/${service.name}`, service] as const] : [])),
  )
  const silent = await Promise.all([...services].map(async ([key, service]) => ((await hasReadyEndpoint(session, service)) ? [] : [key])))
  return [
    ...noBundle(object, unsigned),
    ...silent.flat().map((service) => {
      const closed = webhooks.some(({ failurePolicy, clientConfig }) => failurePolicy === 'Fail' && isOf(clientConfig, service))
      return noBackend(object, { service, closed })
    }),
  ]
}

function isOf({ service }: WebhookConfiguration['webhooks'][number]['clientConfig'], key: string): boolean {
  return service !== undefined && `${service.namespace}/${service.name}` === key
}

function noBundle(object: WebhookConfiguration['object'], unsigned: readonly string[]): Finding[] {
  if (unsigned.length === 0) return []
  return [
    errorFinding({
      code: 'webhook-without-ca',
      message: `${nameOf(object)} does not say which certificate to trust.`,
      cause: `caBundle is empty for ${someNames(unsigned, 3)}. The control plane fills it when it starts, or the chart does.`,
      remedy: 'Look at the log of the control plane: it may lack the right to change this object.',
      object: refOf(object),
    }),
  ]
}

/** A webhook that fails closed refuses objects while nobody answers; one that fails open lets them pass unchanged. */
function noBackend(object: WebhookConfiguration['object'], { service, closed }: { service: string; closed: boolean }): Finding {
  const text = {
    code: 'webhook-without-backend',
    message: `Nobody answers ${nameOf(object)}.`,
    cause: `Service ${service} has no ready endpoint, and ${closed ? 'the failure policy is Fail: what the webhook is asked about is refused' : 'the failure policy is Ignore: objects pass without being looked at, pods without a sidecar'}.`,
    remedy: closed
      ? `Bring the control plane up again. Where pods cannot start meanwhile: the rescue "Remove silent webhooks" (remove-webhooks) exports it, then takes it away.`
      : 'Bring the control plane up again, then restart the pods that were started meanwhile.',
    object: refOf(object),
  }
  return closed ? errorFinding(text) : warningFinding(text)
}
