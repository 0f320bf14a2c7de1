import { ownerOfDefinition } from '../../installers/definition-owner.js'
import type { KubeObject } from '../../kube/kube-object.js'
import type { Confirmation, Finding } from '../../proto/gen/meshwright/adapter/v1/adapter.js'
import type { Catalog } from './catalog.js'
import { count } from './count.js'
import { definitionKind, marksOf, readDefinition } from './custom-definition.js'
import { type CustomObjects, describeObjects, findCustomObjects } from './custom-objects.js'
import { deleteStep } from './delete-step.js'
import { exportStep } from './export-step.js'
import { heldRemedy, removeFinalizersTitle } from './held-remedy.js'
import { refOf } from './manifests.js'
import type { Scene, Step } from './mesh-adapter.js'
import { errorFinding } from './plan-findings.js'
import { checkScope } from './preflight.js'
import { removeDefinitions } from './remove-definitions.js'

/** The parameter of every uninstall: what becomes of the definitions that its charts leave in the cluster. */
export const definitionsParameter = {
  enum: ['keep', 'remove'],
  default: 'keep',
  title: 'Definitions that the charts keep',
  description:
    'keep: they stay, with the objects of their kinds. remove: they go last, and the objects with them, when these are in a file that can be restored. Definitions that a chart does not keep go with its release either way.',
}

/** The definitions of a mesh's own kinds that are there, those left out that go with a release. */
export async function findKept({ session }: Scene, { customResources }: Catalog, going: ReadonlySet<string>): Promise<KubeObject[]> {
  const names = customResources.filter((name) => !going.has(name))
  const found = await Promise.all(names.map((name) => session.get({ ...definitionKind, name })))
  return found.flatMap((definition) => definition ?? [])
}

/** `first` comes before the controllers go, `last` after all else. */
export interface KeptRemoval {
  first: Step[]
  last: Step[]
  findings: Finding[]
  confirmations: Confirmation[]
}

/** Takes away what the charts leave. An object with a finalizer of the mesh's waits for its controller, so it goes while that is there: `isAnswered`. */
export async function removeKept(
  scene: Scene,
  catalog: Catalog,
  { definitions, isAnswered, timeoutMs }: { definitions: readonly KubeObject[]; isAnswered: boolean; timeoutMs: number },
): Promise<KeptRemoval> {
  const scope = checkScope(scene.session, catalog.title)
  if (scope.length > 0 || definitions.length === 0) return { first: [], last: [], findings: scope, confirmations: [] }
  const { title, mesh } = catalog
  const component = 'definitions'
  const found = catalog.finalizers.length > 0 ? await findCustomObjects(scene.session, definitions) : []
  const held = found.flatMap(({ objects }) => objects)
  const first = [
    exportStep(scene, {
      ...{ key: 'export-held', title: `Export the objects of ${title} that wait for its controller`, component, file: `${mesh}-held` },
      kinds: definitions.map((definition) => readDefinition(definition).read),
    }),
    deleteStep(scene, {
      ...{ key: 'delete-held', title: `Delete ${count(held.length, 'object')} while their controller is there`, component },
      ...{ objects: held, timeoutMs, equivalent: '', heldRemedy: heldRemedy(catalog) },
    }),
  ]
  const { steps, confirmations } = await removeDefinitions(scene, {
    ...{ what: title, component, file: `${mesh}-objects`, definitions, timeoutMs, heldRemedy: heldRemedy(catalog) },
    note: 'A new installation brings the definitions back, and not the objects.',
  })
  const findings = [...reconciledFindings(title, definitions), ...(isAnswered ? [] : unansweredFindings(catalog, found))]
  return { first: held.length > 0 && isAnswered ? first : [], last: steps, findings, confirmations }
}

/** Without a controller a definition would wait for its objects for ever, and nobody could make new ones meanwhile. */
function unansweredFindings({ title, finalizers }: Catalog, found: readonly CustomObjects[]): Finding[] {
  const own = finalizers.map(({ finalizer }) => finalizer)
  const waits = ({ metadata }: KubeObject) => own.some((name) => metadata.finalizers?.includes(name))
  const waiting = found.map(({ kind, objects }) => ({ kind, objects: objects.filter(waits) }))
  const [first] = waiting.flatMap(({ objects }) => objects)
  if (first === undefined) return []
  return [
    errorFinding({
      code: 'finalizers-unanswered',
      message: `The definitions of ${title} would not go: ${describeObjects(waiting)} would wait for a controller that is not there.`,
      cause: `They bear a finalizer of ${title} (${own.join(', ')}), and nobody is there to take it off.`,
      remedy: `Delete these objects (kubectl delete --wait=false), take their finalizers off with the action "${removeFinalizersTitle}" of ${title}, then plan again. Or uninstall without the definitions.`,
      object: refOf(first),
    }),
  ]
}

function reconciledFindings(title: string, definitions: readonly KubeObject[]): Finding[] {
  const owners = definitions.map((definition) => ownerOfDefinition(marksOf(definition))).filter(({ reconciles }) => reconciles)
  return [...new Map(owners.map((owner) => [owner.name, owner])).values()].map(({ name, where }) =>
    errorFinding({
      code: 'installer-not-ours',
      message: `Definitions of ${title} belong to ${name}.`,
      cause: `${name} brings back what others take away of them.`,
      remedy: `Remove them there: ${where}. Or uninstall without the definitions.`,
    }),
  )
}
