import type { KubeObject } from '../../kube/kube-object.js'
import type { Confirmation, Finding } from '../../proto/gen/meshwright/adapter/v1/adapter.js'
import type { Catalog } from './catalog.js'
import { defaultRevision, type Place } from './chart-mesh.js'
import { count } from './count.js'
import { describeObjects } from './custom-objects.js'
import { exportStep } from './export-step.js'
import { groupBy } from './group-by.js'
import { type Controller, findControllers, findHeld, type Held, type HeldObject } from './held-objects.js'
import { removeFinalizersTitle } from './held-remedy.js'
import { isUnfinished } from './helm-releases.js'
import { idleFindings } from './idle-release.js'
import { findInstalled, type Installed } from './installed-releases.js'
import { foreignFindings } from './judge-control-planes.js'
import { nameOf, refOf } from './manifests.js'
import type { Action, Scene, Step } from './mesh-adapter.js'
import { paramsSchema } from './parameters-schema.js'
import { errorFinding, infoFinding, refusedAction, warningFinding } from './plan-findings.js'
import { checkScope } from './preflight.js'
import { someNames } from './some-names.js'
import { takeFinalizersStep } from './take-finalizers-step.js'

/** Of a release that is in the middle of something: helm's own timeout is 5 minutes. */
const quietMs = 15 * 60_000

/**
 * For objects whose deletion hangs because the controller that takes their finalizer off is gone: exported, then freed of
 * exactly that finalizer. Never while a pod is ready that would answer, and nothing that nobody deleted. The mesh need not be there.
 */
export function removeFinalizersAction(catalog: Catalog): Action {
  return {
    key: 'remove-finalizers',
    title: removeFinalizersTitle,
    category: 'rescue',
    scope: 'cluster',
    destructive: true,
    requires: [],
    handling: 'rescue',
    parametersSchema: paramsSchema({}),
    prepare: async (call, scene) => {
      const scope = checkScope(scene.session, catalog.title)
      if (scope.length > 0) return refusedAction(scope)
      const place = { namespace: call.target.namespace || catalog.namespace, revision: call.target.revision || defaultRevision }
      const [held, busy] = await Promise.all([findHeld(scene.session, catalog), busyFindings(scene, catalog, place)])
      const own = held.objects.filter((each) => each.own.length > 0)
      const names = own.flatMap((each) => each.own.map(({ controller }) => controller))
      const controllers = await findControllers(scene.session, catalog, names)
      return {
        steps: own.length > 0 ? removalSteps(scene, catalog, own) : [],
        findings: [...heldFindings(catalog, held), ...busy, ...controllerFindings(catalog, controllers), ...stayFindings(own)],
        confirmations: confirmRemoval(catalog, own),
        leftovers: [],
        inputs: own.map(({ object: { kind, metadata } }) => [kind, metadata.namespace, metadata.name, metadata.uid]),
      }
    },
  }
}

function removalSteps(scene: Scene, catalog: Catalog, own: readonly HeldObject[]): Step[] {
  const uids = new Set(own.map(({ object }) => object.metadata.uid))
  const kinds = new Map(own.map(({ object: { apiVersion, kind } }) => [`${apiVersion} ${kind}`, { apiVersion, kind }]))
  const exported = new Map<string, KubeObject>()
  const component = 'finalizers'
  return [
    exportStep(scene, {
      ...{ key: 'export-objects', title: `Export ${count(own.length, 'object')}`, component, file: `${catalog.mesh}-finalizers` },
      kinds: [...kinds.values()],
      select: ({ metadata }) => uids.has(metadata.uid),
      restoredAfter: 'wait until they are gone, bring their controller up again',
      onExported: (objects) => objects.forEach((object) => void exported.set(object.metadata.uid ?? '', object)),
    }),
    takeFinalizersStep(scene, { catalog, component, held: own, exported }),
  ]
}

/** What of the mesh is in the middle of something, and what is another tool's to look after. */
async function busyFindings(scene: Scene, catalog: Catalog, place: Place): Promise<Finding[]> {
  const { planes, releases }: Installed = await findInstalled(scene.session, catalog, place)
  const quiet = { quietMs, expectedManagers: catalog.expectedManagers, now: Date.now() }
  const unfinished = releases.filter(({ record }) => isUnfinished(record) || scene.isRunning?.(record.operation))
  const busy = await Promise.all(unfinished.map((release) => idleFindings(scene, release, quiet)))
  return [...foreignFindings(catalog, [...planes, ...releases], 'rescue'), ...busy.flat()]
}

function heldFindings({ title }: Catalog, { objects, hidden }: Held): Finding[] {
  if (hidden.length > 0) {
    return [
      errorFinding({
        code: 'not-readable',
        message: `Whether objects of ${title} hang cannot be seen.`,
        cause: `The cluster connection may not list ${hidden.join(', ')}.`,
        remedy: 'Grant it a ClusterRole with the verb list for them, then plan again.',
      }),
    ]
  }
  if (objects.some(({ own }) => own.length > 0)) return []
  const others = objects.map(({ object, others: names }) => `${nameOf(object)} waits for ${names.join(', ') || 'nothing that it names'}`)
  return [
    errorFinding({
      code: 'finalizers-not-held',
      message: `No object of ${title} that is being deleted waits for a finalizer of ${title}.`,
      cause: others.length > 0 ? `${someNames(others)}.` : 'None of its objects is being deleted.',
      remedy: 'Delete what is to go first. A finalizer of somebody else is taken off by whoever set it.',
    }),
  ]
}

function controllerFindings({ title }: Catalog, controllers: readonly Controller[] | undefined): Finding[] {
  if (controllers === undefined) {
    return [
      errorFinding({
        code: 'not-readable',
        message: `Whether a controller of ${title} would still answer cannot be seen.`,
        cause: 'The cluster connection may not list pods in all namespaces.',
        remedy: 'Grant it a ClusterRole with the verb list for pods, then plan again.',
      }),
    ]
  }
  return controllers.map((controller) => {
    const { component, labelSelector, ready, unready } = controller
    const proof = `Looked for pods with ${labelSelector} in all namespaces, whatever their names.`
    if (ready.length > 0) {
      return errorFinding({
        code: 'finalizers-answered',
        message: `${component} of ${title} runs, and takes its finalizers off itself: ${someNames(ready.map(nameOf))} is ready.`,
        cause: proof,
        remedy: 'Look at its log, which says what it waits for. Plan again when it is gone for good, or was stopped on purpose.',
      })
    }
    const there = unready.length > 0 ? ` ${count(unready.length, 'pod')} of it may still come up: ${someNames(unready.map(nameOf))}.` : ''
    const tell = unready.length > 0 ? warningFinding : infoFinding
    return tell({
      code: 'controller-absent',
      message: `No pod of ${component} is ready, so nobody takes its finalizers off.${there}`,
      cause: proof,
      remedy: `When ${component} can be brought up soon, do that instead: it cleans up, and this does not.`,
    })
  })
}

/** Freed of what the catalogue knows, and still there: one finding for each finalizer of others. */
function stayFindings(own: readonly HeldObject[]): Finding[] {
  const named = own.flatMap(({ object, others }) => others.map((finalizer) => ({ finalizer, name: nameOf(object) })))
  return [...groupBy(named, ({ finalizer }) => finalizer)].map(([finalizer, found]) =>
    warningFinding({
      code: 'finalizer-of-others',
      message: `${count(found.length, 'object')} will go on waiting for ${finalizer}, which is left alone: ${someNames(found.map(({ name }) => name))}.`,
      remedy: 'Ask whoever set it: its controller takes it off.',
    }),
  )
}

function confirmRemoval({ title, finalizers }: Catalog, own: readonly HeldObject[]): Confirmation[] {
  if (own.length === 0) return []
  const objects = own.map(({ object }) => object)
  const kinds = [...groupBy(objects, ({ kind }) => kind)].map(([kind, found]) => ({ kind, objects: found }))
  const taken = finalizers.filter((each) => own.some((held) => held.own.includes(each)))
  const losses = taken.map(({ finalizer, purpose, lost }) => `${finalizer}: ${purpose} ${lost}`)
  return [
    {
      code: 'cleanup-lost',
      text: `${count(own.length, 'object')} of ${title}, deleted and held, will be let go: ${describeObjects(kinds)}. What their controller does before is not done. ${losses.join(' ')} They are exported first, into a file that this operation keeps.`,
      destructive: true,
      objects: objects.map(refOf),
    },
  ]
}
