import { z } from 'zod'
import type { KubeObject } from '../../../kube/kube-object.js'
import type { Finding } from '../../../proto/gen/meshwright/adapter/v1/adapter.js'
import { type AdmissionWebhook, findAdmissionWebhooks, meetsRequest, newPod } from '../admission/admission-webhooks.js'
import { labelsOfNamespace } from '../admission/namespace-labels.js'
import { wayAway } from '../admission/webhook-remedy.js'
import { groupBy } from '../group-by.js'
import { nameOf, refOf } from '../manifests.js'
import { injectors } from '../other-meshes.js'
import { errorFinding, infoFinding, warningFinding } from '../plan-findings.js'
import { hasReadyEndpoint } from '../ready-endpoint.js'
import { hasNodeAgent, nodeAgentFindings } from '../surroundings/node-agents.js'
import type { Check, CheckScene } from './check.js'

/** What two meshes in one cluster do to each other apart from their members: on the nodes, at the API server, by the classes of gateways. */
export function besideOthers(gatewayClasses: RegExp): Check {
  return {
    code: 'beside-others',
    holds: 'No other mesh in this cluster gets into the way of this one.',
    question: 'another mesh in this cluster gets into the way of this one',
    find: async (scene) => {
      const { session, catalog } = scene
      const [sets, classes, webhooks] = await Promise.all([
        session.list({ apiVersion: 'apps/v1', kind: 'DaemonSet' }, { metadataOnly: true }),
        session.list({ apiVersion: 'gateway.networking.k8s.io/v1', kind: 'GatewayClass' }),
        webhookFindings(scene),
      ])
      return [
        ...(hasNodeAgent(sets, catalog.mesh) ? nodeAgentFindings(sets, catalog.mesh) : []),
        ...takenClasses(classes, { mesh: catalog.mesh, title: catalog.title, names: gatewayClasses }),
        ...webhooks,
      ]
    },
  }
}

const Class = z.looseObject({ spec: z.looseObject({ controllerName: z.string() }) })

// By the domains that controllers are named in. Those of Kuma and Consul stand in their charts; Istio's and Cilium's come from their programs and were not compared with them.
const controllers: readonly { mesh: string; title: string; name: RegExp }[] = [
  { mesh: 'istio', title: 'Istio', name: /^istio\.io\// },
  { mesh: 'kuma', title: 'Kuma', name: /^gateways\.kuma\.io\// },
  { mesh: 'consul', title: 'Consul', name: /^consul\.hashicorp\.com\// },
  { mesh: 'cilium', title: 'Cilium', name: /^io\.cilium\// },
]

/** Classes by this mesh's names that the controller of another one answers for: a class has one controller only. */
export function takenClasses(
  classes: readonly KubeObject[],
  { mesh, title, names }: { mesh: string; title: string; names: RegExp },
): Finding[] {
  return classes.flatMap((object) => {
    const controller = Class.safeParse(object).data?.spec.controllerName ?? ''
    const other = controllers.find((each) => each.mesh !== mesh && each.name.test(controller))
    if (!names.test(object.metadata.name ?? '') || other === undefined) return []
    return warningFinding({
      code: 'gateway-class-taken',
      message: `${nameOf(object)} is called as a class of ${title}, and ${other.title} answers for it.`,
      cause: `Its controllerName is ${controller}, and a class has one controller: ${title} takes up no gateway of it.`,
      remedy: `Give the class of ${other.title} another name, and its gateways with it.`,
      object: refOf(object),
    })
  })
}

/** Webhooks of other meshes that refuse while nobody answers, and are asked about pods of this one's namespace. */
async function webhookFindings({ session, catalog, namespace }: CheckScene): Promise<Finding[]> {
  // A simulated cluster keeps no endpoints.
  if (session.simulated) return []
  const [webhooks, pods] = await Promise.all([
    findAdmissionWebhooks(session),
    session.list({ apiVersion: 'v1', kind: 'Pod' }, { namespace, metadataOnly: true }),
  ])
  if (webhooks === undefined) return [unseenWebhooks]
  const [first] = pods
  const namespaceLabels = first && (await labelsOfNamespace(session, first, true))
  const asked = webhooks.filter(
    (webhook) =>
      webhook.failurePolicy === 'Fail' &&
      ownerOf(webhook, catalog.mesh) !== undefined &&
      pods.some(({ metadata }) => meetsRequest(webhook, { ...newPod, labels: () => metadata.labels ?? {}, namespaceLabels })),
  )
  const groups = [...groupBy(asked, ({ configuration }) => configuration.metadata.name ?? '').values()]
  return Promise.all(
    groups.map(async (group) => {
      const services = group.flatMap(({ clientConfig: { service } }) => service ?? [])
      const lives = await Promise.all(services.map((service) => hasReadyEndpoint(session, service)))
      const [first] = group
      const away = first && lives.includes(false) ? await wayAway(session, first.configuration) : undefined
      return foreignWebhook(group, { mesh: catalog.mesh, title: catalog.title, away })
    }),
  ).then((found) => found.flat())
}

const unseenWebhooks = warningFinding({
  code: 'not-readable',
  message: 'It is not known whether webhooks of another mesh are asked about pods of this one.',
  cause: 'The cluster connection may not list webhook configurations.',
  remedy: 'Let its identity list them, then check again.',
})

function ownerOf({ configuration }: AdmissionWebhook, mesh: string) {
  return injectors.find((each) => each.mesh !== mesh && (each.webhooks ?? each.name).test(configuration.metadata.name ?? ''))
}

/** One finding for the webhooks of a configuration that are asked about pods of this mesh; `away` says how to be rid of it when nobody answers. */
export function foreignWebhook(
  group: readonly AdmissionWebhook[],
  { mesh, title, away }: { mesh: string; title: string; away: string | undefined },
): Finding[] {
  const [first] = group
  const owner = first && ownerOf(first, mesh)
  if (first === undefined || owner === undefined) return []
  const isSilent = away !== undefined
  // Match conditions are code that only the API server runs.
  const isSure = group.some(({ matchConditions }) => matchConditions.length === 0)
  const finding = !isSilent ? infoFinding : isSure ? errorFinding : warningFinding
  const name = nameOf(first.configuration)
  return [
    finding({
      code: isSilent ? 'foreign-webhook-unanswered' : 'foreign-webhook',
      message: isSilent
        ? `${owner.title} ${isSure ? 'keeps' : 'may keep'} new pods of ${title} from being made: nobody answers ${name}.`
        : `New pods of ${title} need an answer of ${owner.title}: ${name} is asked about them.`,
      cause: `${group.map((webhook) => webhook.name).join(', ')}: the selectors fit the control plane's namespace, and the failure policy is Fail.${isSure ? '' : ' Its match conditions were not looked at.'}`,
      remedy: isSilent
        ? `Bring ${owner.title} up again. ${away}`
        : `Have ${owner.title} leave this namespace out by a namespaceSelector in its values, so that neither waits for the other.`,
      object: refOf(first.configuration),
    }),
  ]
}
