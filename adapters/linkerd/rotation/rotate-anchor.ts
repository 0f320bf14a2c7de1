import { z } from 'zod'
import type { Action, PreparedAction, Scene, Step } from '../../runtime/mesh-adapter.js'
import { paramsSchema, timeoutParameter } from '../../runtime/parameters-schema.js'
import { isError, refusedAction } from '../../runtime/plan-findings.js'
import { checkPermissions, checkScope } from '../../runtime/preflight.js'
import { confirmRolls } from '../../runtime/roll-findings.js'
import { anchorParameter } from '../anchor-file.js'
import { findIdentityOwners } from '../identity-owners.js'
import { linkerdCatalog } from '../linkerd-catalog.js'
import { issuerDays } from '../linkerd-identity.js'
import { dropOldStep, swapIssuerStep, trustBothStep } from './identity-steps.js'
import { makeAnchorStep } from './make-anchor-step.js'
import { type OwnAnchor, readOwnAnchor } from './own-anchor.js'
import { findPlane, findProxies, readProxies } from './proxies.js'
import { type ProxyNamespace, restartSteps } from './restart-steps.js'
import { identityFindings, memberFindings, neededRights, ownFindings, sharedFindings } from './rotation-findings.js'
import { noteLost } from './rotation-note.js'
import { type Rotation, type RotationPlace, readRotation, rotationNow } from './rotation-state.js'
import { changeIdentity } from './write-identity.js'

const Params = z.object({
  anchor: z.string().default(''),
  issuer: z.string().default(''),
  days: z.number().default(issuerDays),
  lastRestart: z.boolean().default(false),
  timeoutSeconds: z.number().default(300),
})

/**
 * Replaces the trust anchor while everybody goes on talking, in the order of Linkerd's own instructions ("Manually rotating
 * control plane TLS credentials"): all trust both, then the new issuer signs, then all have certificates of it, then the old anchor goes.
 */
export const rotateAnchor: Action = {
  key: 'rotate-anchor',
  title: "Rotate Linkerd's trust anchor",
  category: 'certificates',
  scope: 'cluster',
  destructive: false,
  requires: ['installation'],
  handling: 'upgrade',
  parametersSchema: paramsSchema({
    anchor: anchorParameter(
      'New trust anchor',
      'Empty: one is made, and its key handed out one time. Otherwise its certificate as PEM, with its key unless an issuer is given too. Not stored in the clear.',
    ),
    issuer: anchorParameter('Issuer with its key', 'Signed by the new anchor, as PEM: the key of the anchor stays where it is.'),
    days: { type: 'integer', minimum: 1, maximum: 3650, default: issuerDays, title: 'The new issuer is valid for (days)' },
    lastRestart: {
      type: 'boolean',
      default: false,
      title: 'Restart a third time at the end',
      description: 'Running proxies trust the old anchor until their next restart. Choose this when somebody else may have its key.',
    },
    timeoutSeconds: timeoutParameter,
  }),
  prepare: async (call, scene) => {
    const { session } = scene
    const scope = checkScope(session, linkerdCatalog.title)
    if (scope.length > 0) return refusedAction(scope)
    const params = Params.parse(call.parameters.params ?? {})
    const place = { namespace: call.target.namespace || linkerdCatalog.namespace, operation: scene.operation }
    const [planned, owners, plane] = await Promise.all([
      readRotation(session, place),
      findIdentityOwners(session, place.namespace),
      findPlane(session, place.namespace),
    ])
    const { own, findings: unfit } = readOwnAnchor(params)
    const refusals = [...identityFindings(place, { planned, owners, plane }), ...unfit, ...(await sharedFindings(session))]
    if (planned === undefined || refusals.some(isError)) return refusedAction(refusals)
    const taken = ownFindings(own, planned)
    if (taken.some(isError)) return refusedAction(taken)
    return rotation(scene, { params, place, planned, own, plane })
  },
}

interface Prepared {
  params: z.infer<typeof Params>
  place: RotationPlace
  planned: Rotation
  own: OwnAnchor | undefined
  plane: Awaited<ReturnType<typeof findPlane>>
}

async function rotation(scene: Scene, { params, place, planned, own, plane }: Prepared): Promise<PreparedAction> {
  const { session } = scene
  const { days, lastRestart } = params
  const namespaces = await proxyNamespaces(scene, place)
  const restart = { place, planned, plane, namespaces, timeoutMs: params.timeoutSeconds * 1000 }
  const rights = await checkPermissions(session, { objects: [], verbs: [], also: neededRights(place, namespaces) })
  return {
    steps: [
      makeAnchorStep(scene, { place, planned, own, days }),
      trustBothStep(scene, { place, planned }),
      ...restartSteps(scene, { ...restart, stage: 'trusted' }),
      swapIssuerStep(scene, { place, planned }),
      ...restartSteps(scene, { ...restart, stage: 'certified' }),
      dropOldStep(scene, { place, planned, isLast: !lastRestart }),
      ...(lastRestart ? [...restartSteps(scene, { ...restart, stage: 'forgotten' }), finishStep(scene, place)] : []),
    ],
    findings: [...rights, ...memberFindings(planned, { namespaces, lastRestart, own })],
    confirmations: confirmRolls(
      [
        { name: place.namespace, workloads: plane, pods: plane.length },
        ...namespaces.map(({ name, applications: { workloads } }) => ({
          name,
          workloads: workloads.map(({ workload }) => workload),
          pods: workloads.flatMap(({ pods }) => pods).length,
        })),
      ],
      planned.note ? ' as far as they have not been' : lastRestart ? ' three times' : ' twice',
    ),
    leftovers: [],
    inputs: { days, lastRestart, anchor: own?.facts.fingerprint ?? '' },
  }
}

async function proxyNamespaces({ session }: Scene, { namespace: of }: RotationPlace): Promise<ProxyNamespace[]> {
  const pods = await findProxies(session, of)
  const names = [...new Set(pods.map(({ metadata }) => metadata.namespace ?? ''))].sort()
  return Promise.all(names.map(async (name) => ({ name, applications: await readProxies(session, { namespace: name, of }) })))
}

/** Until all have forgotten the old anchor, the rotation is under way: who retries goes on with it. */
function finishStep({ session }: Scene, place: RotationPlace): Step {
  return {
    ...{ key: 'finish', title: 'Note that the rotation is finished', component: 'identity', kind: 'manifests', equivalent: '' },
    preview: async () => ({ hooks: [], objects: [], findings: [], facts: [] }),
    run: async ({ log }) => {
      const { roots, note } = await rotationNow(session, place)
      if (note === undefined) throw noteLost()
      await changeIdentity(session, roots, { note: { ...note, finished: true } })
      log('info', 'No proxy trusts the old anchor any more.')
    },
    inspect: async () => {
      const isFinished = (await readRotation(session, place))?.note?.finished === true
      return { state: isFinished ? 'done' : 'untouched', detail: isFinished ? 'finished' : 'under way' }
    },
  }
}
