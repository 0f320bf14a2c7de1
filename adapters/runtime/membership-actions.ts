import { z } from 'zod'
import type { Catalog } from './catalog.js'
import { findInjectorWebhooks } from './injector-webhooks.js'
import {
  absentFinding,
  confirmRestart,
  injectorFindings,
  looseFindings,
  namespaceFindings,
  unreadyFindings,
} from './membership-findings.js'
import { joinModes, revisionMark, type Wish } from './membership-marks.js'
import { lookAtPlace } from './membership-places.js'
import { membershipSteps } from './membership-steps.js'
import type { Action, MeshAdapter } from './mesh-adapter.js'
import { label, timeoutParameter } from './parameters-schema.js'
import { checkPodSecurity } from './surroundings/pod-security.js'

/** The adapter with what every mesh offers that marks its members: let namespaces join, and let them leave. */
export function withMembership(adapter: MeshAdapter): MeshAdapter {
  if (joinModes(adapter.catalog).length === 0) return adapter
  return { ...adapter, actions: [...adapter.actions, joinAction(adapter.catalog), leaveAction(adapter.catalog)] }
}

const Params = z.object({
  namespaces: z.array(z.string()),
  mode: z.enum(['sidecar', 'ambient']).optional(),
  revision: z.string().default(''),
  restart: z.boolean().default(true),
  timeoutSeconds: z.number().default(300),
})

function joinAction(catalog: Catalog): Action {
  const modes = joinModes(catalog)
  return {
    ...membershipAction(catalog, (params, revision): Wish => {
      const mode = params.mode ?? modes[0] ?? 'sidecar'
      return { to: 'join', mode, revision: mode === 'sidecar' && revisionMark(catalog) ? params.revision || revision : '' }
    }),
    key: 'join',
    title: `Let namespaces join ${catalog.title}`,
    requires: ['installation'],
    parametersSchema: schemaOf({
      ...(modes.length > 1 ? { mode: { enum: modes, default: modes[0], title: 'Mode' } } : {}),
      ...(revisionMark(catalog)
        ? { revision: { ...label, title: 'Revision or tag', description: "Empty: the installation's own revision." } }
        : {}),
    }),
  }
}

function leaveAction(catalog: Catalog): Action {
  return {
    ...membershipAction(catalog, () => ({ to: 'leave' })),
    key: 'leave',
    title: `Let namespaces leave ${catalog.title}`,
    requires: [],
    parametersSchema: schemaOf({}),
  }
}

function membershipAction(catalog: Catalog, wishOf: (params: z.infer<typeof Params>, revision: string) => Wish) {
  const prepare: Action['prepare'] = async (call, scene) => {
    const params = Params.parse(call.parameters.params)
    const { namespaces, restart, timeoutSeconds } = params
    const wish = wishOf(params, call.target.revision)
    const webhooks = await findInjectorWebhooks(scene.session)
    const looked = await Promise.all(namespaces.map((name) => lookAtPlace(scene, catalog, { name, wish, webhooks })))
    const places = looked.filter((place) => place !== undefined)
    const joining = wish.to === 'join' && wish.mode === 'sidecar' ? places.map(({ namespace }) => namespace) : []
    const absent = namespaces.filter((name) => places.every((place) => place.name !== name))
    return {
      steps: membershipSteps(scene, catalog, { places, wish, restart, timeoutMs: timeoutSeconds * 1000 }),
      findings: [
        ...absent.map(absentFinding),
        ...(await checkPodSecurity(scene.session, catalog, joining)),
        ...places.flatMap((place) => namespaceFindings(catalog, place, { wish, webhooks })),
        ...injectorFindings(catalog, places, { wish, webhooks, restart }),
        ...(restart ? places.flatMap((place) => [...looseFindings(catalog, place), ...unreadyFindings(catalog, place)]) : []),
      ],
      confirmations: restart ? confirmRestart(catalog, places) : [],
      leftovers: [],
      inputs: {},
    }
  }
  return { category: 'inject', scope: 'namespace' as const, destructive: false, handling: 'membership' as const, prepare }
}

function schemaOf(more: Record<string, unknown>): Record<string, unknown> {
  const properties = {
    namespaces: { type: 'array', minItems: 1, maxItems: 100, uniqueItems: true, items: label, title: 'Namespaces' },
    ...more,
    restart: {
      type: 'boolean',
      default: true,
      title: 'Restart the workloads',
      description: 'A sidecar comes and goes with its pod: without a restart nothing changes for the pods that run.',
    },
    timeoutSeconds: timeoutParameter,
  }
  const params = { type: 'object', additionalProperties: false, required: ['namespaces'], properties }
  return { type: 'object', additionalProperties: false, required: ['params'], properties: { params } }
}
