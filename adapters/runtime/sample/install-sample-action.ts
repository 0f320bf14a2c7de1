import { z } from 'zod'
import { sampleNamespace } from '../../../contract/sample.js'
import type { KubeObject } from '../../../kube/kube-object.js'
import type { Finding } from '../../../proto/gen/meshwright/adapter/v1/adapter.js'
import { applyStep } from '../apply-step.js'
import type { Catalog } from '../catalog.js'
import { findInjectorWebhooks } from '../injector-webhooks.js'
import { keyOf } from '../judge-object.js'
import { refOf } from '../manifests.js'
import { injectorFindings, namespaceFindings } from '../membership-findings.js'
import { joinModes, revisionMark, type Wish } from '../membership-marks.js'
import { lookAtPlace, type Place, placeToBe } from '../membership-places.js'
import { isAsWished, readApplications } from '../membership-pods.js'
import type { Action, Scene, Step } from '../mesh-adapter.js'
import { imagesSchema, timeoutParameter } from '../parameters-schema.js'
import { isError, refusedAction } from '../plan-findings.js'
import { checkNamespace, checkPermissions } from '../preflight.js'
import { restartPatch, rollPodsStep } from '../roll-pods-step.js'
import { readSampleScript } from '../sample-script.js'
import { checkCapacity } from '../surroundings/capacity.js'
import { findPlatform } from '../surroundings/platform.js'
import { checkPodSecurity } from '../surroundings/pod-security.js'
import { waitStep } from '../wait-step.js'
import { whenForbidden } from '../when-forbidden.js'
import { readContent } from './namespace-content.js'
import { takenFinding } from './sample-findings.js'
import { sampleImage, sampleLabel, sampleManager } from './sample-names.js'
import { endpointText, namespaceObject, sampleObjects } from './sample-objects.js'
import { namespaceParameter } from './sample-parameters.js'

const Params = z.object({
  namespace: z.string().default(sampleNamespace),
  mode: z.enum(['sidecar', 'ambient']).optional(),
  image: z.string().default(sampleImage),
  timeoutSeconds: z.number().default(300),
})

/** Brings the sample up, as members of the mesh where the catalogue says how one asks for it; what is there of it already is brought to that. */
export function installSampleAction(catalog: Catalog): Action {
  const modes = joinModes(catalog)
  return {
    key: 'install-sample',
    title: 'Install the sample application',
    category: 'sample',
    scope: 'namespace',
    destructive: false,
    requires: modes.length > 0 ? ['installation'] : [],
    ...(modes.length > 0 ? { handling: 'membership' } : {}),
    parametersSchema: imagesSchema({
      namespace: namespaceParameter,
      ...(modes.length > 1 ? { mode: { enum: modes, default: modes[0], title: 'Mode' } } : {}),
      image: imageParameter,
      timeoutSeconds: timeoutParameter,
    }),
    prepare: async (call, scene) => {
      const { session } = scene
      const params = Params.parse(call.parameters.params ?? {})
      const { namespace: name } = params
      const wish = wishOf(catalog, params.mode, call.target.revision)
      const found = await session.get({ apiVersion: 'v1', kind: 'Namespace', name })
      const place = await placeFor(scene, catalog, { name, wish })
      const standing = [...(await checkNamespace(session, name)), ...(await takenFindings(scene, found, name)), ...place.findings]
      if (scene.operation === '' && standing.some(isError)) return refusedAction(standing)
      const platform = (await findPlatform(session))?.name
      const wanted = { namespace: name, image: params.image, from: call.parameters.images, catalog, wish, platform }
      const objects = sampleObjects(await readSampleScript(), wanted)
      const came = found && found.metadata.labels?.[sampleLabel] !== 'made' ? 'found' : 'made'
      const namespace = namespaceObject(wanted, came)
      const timeoutMs = params.timeoutSeconds * 1000
      return {
        steps: [
          ...stepsOf(scene, { namespace, came, objects, timeoutMs }),
          ...(place.expected ? [membersStep(scene, catalog, { name, expected: place.expected, timeoutMs })] : []),
        ],
        findings: [
          ...standing,
          ...(await checkPermissions(session, { objects: [namespace, ...objects].map(refOf), verbs: ['get', 'create', 'patch'] })),
          ...(await checkCapacity(session, await arriving(scene, objects))),
        ],
        confirmations: [],
        leftovers: [],
        inputs: objects,
        summary: endpointText(name, session),
      }
    },
  }
}

const imageParameter = {
  type: 'string',
  default: sampleImage,
  maxLength: 500,
  pattern: '^[a-z0-9][A-Za-z0-9._:/@-]*$',
  title: 'Image',
  description: 'Any image with Node 20 or newer; nodes that reach no registry need the full name of a copy.',
}

function wishOf(catalog: Catalog, asked: 'sidecar' | 'ambient' | undefined, revision: string): Wish | undefined {
  const mode = asked ?? joinModes(catalog)[0]
  return mode && { to: 'join', mode, revision: mode === 'sidecar' && revisionMark(catalog) ? revision : '' }
}

/** What the mesh would make of the namespace, and what refuses that; nothing without a mesh. */
async function placeFor(
  scene: Scene,
  catalog: Catalog,
  { name, wish }: { name: string; wish: Wish | undefined },
): Promise<{ findings: Finding[]; expected?: Place['expected'] }> {
  if (wish === undefined) return { findings: [] }
  const webhooks = await findInjectorWebhooks(scene.session)
  const options = { wish, webhooks }
  const found = await lookAtPlace(scene, catalog, { name, ...options })
  const place = found ?? placeToBe(catalog, { name, ...options })
  const sidecars = found && wish.to === 'join' && wish.mode === 'sidecar' ? [found.namespace] : []
  const findings = [
    ...namespaceFindings(catalog, place, options),
    ...injectorFindings(catalog, [place], { ...options, restart: true }),
    ...(await checkPodSecurity(scene.session, catalog, sidecars)),
  ]
  return { findings, expected: place.expected }
}

/** A namespace that bears our mark is the sample's, whatever others put beside it. */
async function takenFindings({ session }: Scene, found: KubeObject | undefined, name: string): Promise<Finding[]> {
  if (found === undefined || found.metadata.labels?.[sampleLabel] !== undefined) return []
  const { foreign } = await readContent(session, name)
  return foreign.length > 0 ? [takenFinding(name, foreign)] : []
}

interface Parts {
  namespace: KubeObject
  came: 'made' | 'found'
  objects: KubeObject[]
  timeoutMs: number
}

function stepsOf(scene: Scene, { namespace, came, objects, timeoutMs }: Parts): Step[] {
  const { name } = namespace.metadata
  const own = { component: 'sample', equivalent: '' }
  return [
    applyStep(scene, {
      ...{ ...own, key: 'namespace', title: `${came === 'made' ? 'Make' : 'Mark'} namespace ${name}`, objects: [namespace] },
      // In a namespace of somebody else's a mark that contradicts ours is theirs.
      ...{ manager: sampleManager, force: came === 'made' },
    }),
    applyStep(scene, { ...own, key: 'sample', title: 'Apply the sample application', objects, force: false }),
    waitStep(scene, {
      ...{ key: 'ready', title: 'Wait until the sample is ready', component: 'sample', timeoutMs },
      objects: objects.filter(({ kind }) => kind === 'Deployment'),
    }),
  ]
}

// Pods that are ready become what they are not within seconds or never.
const settleMs = 30_000

/** Looks at every pod of the sample: an injector that was away lets them in without a word, and without a proxy. */
function membersStep(
  scene: Scene,
  catalog: Catalog,
  { name, expected, timeoutMs }: { name: string; expected: Place['expected']; timeoutMs: number },
): Step {
  const isOurs = ({ metadata }: KubeObject) => metadata.labels?.[sampleLabel] !== undefined
  return rollPodsStep(scene, {
    ...{ key: 'members', namespace: name, shown: [], timeoutMs: Math.min(timeoutMs, settleMs) },
    look: async () => {
      const { workloads } = await readApplications(scene.session, catalog, name)
      const applications = { workloads: workloads.filter(({ workload }) => isOurs(workload)), loose: [] }
      return { applications, workloads: [], isAsWished: (pod) => isAsWished(catalog, pod, expected) }
    },
    patchOf: () => restartPatch(),
    texts: { wished: 'in the mesh, as wished', missed: `in the mesh (${catalog.title})` },
  })
}

async function arriving({ session }: Scene, objects: readonly KubeObject[]): Promise<KubeObject[]> {
  const there = await Promise.all(objects.map((object) => whenForbidden(session.get(keyOf(object)), object)))
  return objects.filter((_object, index) => there[index] === undefined)
}
