import { z } from 'zod'
import type { KubeResource } from '../../kube/discover-resources.js'
import type { KubeObject } from '../../kube/kube-object.js'
import type { Check, MeshChecks, Renewal } from '../runtime/checks/check.js'
import { nameOf, refOf } from '../runtime/manifests.js'
import { webhookNames } from '../runtime/other-meshes.js'
import { errorFinding, infoFinding } from '../runtime/plan-findings.js'

const Synced = z.looseObject({
  status: z
    .looseObject({
      conditions: z
        .array(z.looseObject({ type: z.string(), status: z.string(), reason: z.string().default(''), message: z.string().default('') }))
        .nullish()
        .transform((found) => found ?? []),
    })
    .nullish(),
})
const told = 20

/** Each configuration entry that somebody wrote has reached Consul's own store: until then it does nothing. */
const entriesSynced: Check = {
  code: 'entries-synced',
  holds: 'Every configuration entry has reached Consul.',
  question: 'configuration entries have reached Consul',
  needsRunning: true,
  find: async ({ session }) => {
    const kinds = (await session.resources()).filter(isEntry)
    const objects = (await Promise.all(kinds.map((kind) => session.list(kind)))).flat()
    const waiting = objects.flatMap((object) => {
      const synced = Synced.parse(object).status?.conditions.find(({ type }) => type === 'Synced')
      return synced?.status === 'True' ? [] : [{ object, why: [synced?.reason, synced?.message].filter(Boolean).join(': ') }]
    })
    const hidden = waiting.length - told
    const rest = hidden > 0 ? [infoFinding({ code: 'more-not-synced', message: `${hidden} more entries have not reached Consul.` })] : []
    return [...waiting.slice(0, told).map(({ object, why }) => notSynced(object, why)), ...rest]
  },
}

// Its other kinds hold the work of its own controllers and are not written to Consul.
const withoutCondition = new Set([
  'GatewayClassConfig',
  'GatewayPolicy',
  'MeshService',
  'RouteAuthFilter',
  'RouteRetryFilter',
  'RouteTimeoutFilter',
])

function isEntry({ group, kind, preferred, verbs }: KubeResource): boolean {
  return group === 'consul.hashicorp.com' && preferred && verbs.includes('list') && !withoutCondition.has(kind)
}

function notSynced(object: KubeObject, why: string) {
  return errorFinding({
    code: 'not-synced',
    message: `${nameOf(object)} has not reached Consul.`,
    cause: why || 'Its controller has not said anything about it yet.',
    remedy: 'Correct what the cause names; when it names nothing, look at the log of the injector, which carries entries over.',
    object: refOf(object),
  })
}

const byChart: Renewal = { by: 'helm', text: 'A hook of the chart makes a new one at each upgrade, and nothing does in between.' }
const byCertManager: Renewal = { by: 'control-plane', text: "Consul's own webhook-cert-manager renews it while it runs." }

/** Consul's health beyond what every mesh is looked at for, and where its certificates lie. Its sidecars count versions of their own, so they are not compared. */
export const consulChecks: MeshChecks = {
  checks: [entriesSynced],
  unseen: [
    {
      message: 'Whether the servers have a leader is not looked at.',
      cause:
        "Only Consul's own API tells it, and Meshwright lets no request of its adapters through to pods and services. Entries that reach Consul need a leader.",
      remedy: 'Ask a server: `consul operator raft list-peers` in its pod.',
    },
  ],
  certificates: {
    sources: [
      { kind: 'Secret', name: /consul-ca-cert$/, key: 'tls.crt', use: 'root', purpose: 'root of servers and clients' },
      {
        kind: 'Secret',
        name: /consul-server-cert$/,
        key: 'tls.crt',
        use: 'server',
        purpose: 'certificate of the servers',
        renewal: byChart,
      },
      {
        kind: 'Secret',
        name: /connect-inject(or)?-webhook-cert$/,
        key: 'tls.crt',
        use: 'webhook',
        purpose: 'certificate of the injector',
        renewal: byCertManager,
      },
    ],
    webhooks: webhookNames.consul,
    gatewayClasses: /^consul(-|$)/,
  },
}
