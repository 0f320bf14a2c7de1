import { z } from 'zod'
import type { Finding } from '../../proto/gen/meshwright/adapter/v1/adapter.js'
import type { Check, CheckScene, MeshChecks } from '../runtime/checks/check.js'
import { sidecarsInStep } from '../runtime/checks/sidecars-in-step.js'
import { webhookNames } from '../runtime/other-meshes.js'
import { errorFinding, infoFinding, warningFinding } from '../runtime/plan-findings.js'
import { someNames } from '../runtime/some-names.js'
import { zoneAddress } from './zone-address.js'

const api = 'kuma.io/v1alpha1'
const Insight = z.looseObject({
  metadata: z.looseObject({ name: z.string(), namespace: z.string().default('') }),
  status: z
    .looseObject({
      subscriptions: z
        .array(z.looseObject({ connectTime: z.string().optional(), disconnectTime: z.string().optional() }))
        .nullish()
        .transform((found) => found ?? []),
    })
    .nullish(),
})

/** Without the mesh `default`, no pod finds the mesh that it is put into. */
const defaultMesh: Check = {
  code: 'default-mesh',
  holds: 'The mesh "default" exists.',
  question: 'the mesh "default" exists',
  needsRunning: true,
  find: async ({ session }) => {
    const mesh = await session.get({ apiVersion: api, kind: 'Mesh', name: 'default' })
    if (mesh !== undefined) return []
    const object = { apiVersion: api, kind: 'Mesh', namespace: '', name: 'default' }
    const cause = 'The control plane makes it at its first start, unless it was told not to, or somebody deleted it.'
    const remedy = 'Restart the control plane, or apply a Mesh of your own; pods that name no mesh are put into this one.'
    return [warningFinding({ code: 'default-mesh-missing', message: 'There is no mesh "default".', cause, remedy, object })]
  },
}

/** Each data-plane proxy has an open subscription: it gets what changes. */
const dataplanesOnline: Check = {
  code: 'dataplanes-online',
  holds: 'Every data-plane proxy is connected to the control plane.',
  question: 'the data-plane proxies are connected to the control plane',
  needsRunning: true,
  find: (scene) => judgeOnline(scene, 'DataplaneInsight', 'data-plane proxies'),
}

/** On a global control plane: each zone is connected. A zone has no insights of others. */
const zonesOnline: Check = {
  code: 'zones-online',
  holds: 'Every zone is connected.',
  question: 'the zones are connected',
  needsRunning: true,
  find: (scene) => judgeOnline(scene, 'ZoneInsight', 'zones'),
}

async function judgeOnline({ session }: CheckScene, kind: string, things: string): Promise<Finding[]> {
  const insights = (await session.list({ apiVersion: api, kind })).map((each) => Insight.parse(each))
  const offline = insights.filter(({ status }) => !(status?.subscriptions ?? []).some(isOpen))
  const online = `${insights.length - offline.length} of ${insights.length} ${things} are connected.`
  if (offline.length === 0) return insights.length === 0 ? [] : [infoFinding({ code: `${kind.toLowerCase()}s`, message: online })]
  const names = offline.map(({ metadata }) => [metadata.namespace, metadata.name].filter(Boolean).join('/'))
  const remedy = 'Look at their logs: they name the address of the control plane that they cannot reach.'
  return [errorFinding({ code: 'not-connected', message: online, cause: `Not connected: ${someNames(names)}.`, remedy })]
}

function isOpen({ connectTime, disconnectTime }: { connectTime?: string | undefined; disconnectTime?: string | undefined }): boolean {
  return connectTime !== undefined && disconnectTime === undefined
}

/** Kuma's health beyond what every mesh is looked at for, and where its certificates lie. */
export const kumaChecks: MeshChecks = {
  checks: [defaultMesh, dataplanesOnline, zonesOnline, zoneAddress, sidecarsInStep({ minors: 2 })],
  certificates: {
    sources: [
      { kind: 'Secret', name: /-tls-cert$/, key: 'ca.crt', use: 'root', purpose: 'root of the control plane' },
      { kind: 'Secret', name: /-tls-cert$/, key: 'tls.crt', use: 'server', purpose: 'certificate of the control plane and its webhooks' },
      // The key of a built-in authority lies in another Secret, which is never read.
      { kind: 'Secret', name: /\.ca-builtin-cert-/, key: 'value', use: 'root', purpose: 'root of a mesh' },
    ],
    webhooks: webhookNames.kuma,
    gatewayClasses: /^kuma(-|$)/,
  },
}
