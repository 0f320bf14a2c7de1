import { ownerOfDefinition } from '../../installers/definition-owner.js'
import type { KubeObject } from '../../kube/kube-object.js'
import type { Confirmation, Finding } from '../../proto/gen/meshwright/adapter/v1/adapter.js'
import type { Catalog } from './catalog.js'
import { count } from './count.js'
import { definitionKind, marksOf, readDefinition } from './custom-definition.js'
import { findCustomObjects } from './custom-objects.js'
import { deleteStep } from './delete-step.js'
import { exportStep } from './export-step.js'
import { heldRemedy } from './held-remedy.js'
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

/** Takes away what the charts leave. An object with a finalizer of the mesh's waits for its controller, so it goes while that is there. */
export async function removeKept(
  scene: Scene,
  catalog: Catalog,
  { definitions, timeoutMs }: { definitions: readonly KubeObject[]; timeoutMs: number },
): Promise<KeptRemoval> {
  const scope = checkScope(scene.session, catalog.title)
  if (scope.length > 0 || definitions.length === 0) return { first: [], last: [], findings: scope, confirmations: [] }
  const { title, mesh } = catalog
  const component = 'definitions'
  const held = catalog.finalizers.length > 0 ? (await findCustomObjects(scene.session, definitions)).flatMap(({ objects }) => objects) : []
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
    ...{ what: title, component, file: `${mesh}-objects`, definitions, timeoutMs },
    note: 'A new installation brings the definitions back, and not the objects.',
  })
  return { first: held.length > 0 ? first : [], last: steps, findings: reconciledFindings(title, definitions), confirmations }
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
