import type { KubeObject } from '../../kube/kube-object.js'
import type { Confirmation } from '../../proto/gen/meshwright/adapter/v1/adapter.js'
import { AdapterError } from './adapter-error.js'
import { readDefinition } from './custom-definition.js'
import { describeObjects, findCustomObjects } from './custom-objects.js'
import { deleteStep } from './delete-step.js'
import { exportStep } from './export-step.js'
import { nameOf, refOf } from './manifests.js'
import type { Scene, Step } from './mesh-adapter.js'

/** Definitions that go, with everything that goes with them. */
export interface DefinitionRemoval {
  /** What they are definitions of, as in `the Gateway API`. */
  what: string
  component: string
  /** Beginning of the export's file name. */
  file: string
  definitions: readonly KubeObject[]
  /** Said with the loss, such as whose the definitions are. */
  note: string
  /** Deleted before the definitions: policies that guard them. */
  before?: readonly KubeObject[]
  timeoutMs: number
  /** As of a deleteStep. */
  heldRemedy?: string | undefined
}

const namedObjects = 200

/**
 * Two steps and their confirmation: every object of the definitions is exported and the file is safe at the server, then
 * the definitions are deleted, and all these objects with them. An object that is not in the file stops the deletion.
 */
export async function removeDefinitions(
  scene: Scene,
  { what, component, file, definitions, note, before = [], timeoutMs, heldRemedy }: DefinitionRemoval,
): Promise<{ steps: Step[]; confirmations: Confirmation[] }> {
  const { session } = scene
  const found = await findCustomObjects(session, definitions)
  const exported = new Map<string, string>()
  const kinds = definitions.map((definition) => readDefinition(definition).read)
  const exporting = exportStep(scene, {
    ...{ key: 'export-objects', title: `Export the objects of ${what}`, component, file, kinds },
    onExported: (objects) => objects.forEach((object) => void exported.set(object.metadata.uid ?? '', generationOf(object))),
  })
  const deleting = deleteStep(scene, {
    ...{ key: 'delete-definitions', title: `Delete the definitions of ${what}`, component, timeoutMs, heldRemedy },
    objects: [...before, ...definitions],
    equivalent: `kubectl delete customresourcedefinitions ${definitions.map(({ metadata }) => metadata.name).join(' ')}`,
  })
  const guarded: Step = {
    ...deleting,
    run: async (context) => {
      const now = (await findCustomObjects(session, definitions)).flatMap(({ objects }) => objects)
      const unsaved = now.filter((object) => exported.get(object.metadata.uid ?? '') !== generationOf(object))
      if (unsaved.length > 0) throw notExported(unsaved)
      await deleting.run(context)
    },
  }
  const objects = found.flatMap((one) => one.objects)
  const loss = objects.length === 0 ? 'No object of them is there now.' : `With them go ${describeObjects(found)}.`
  const text = `The ${definitions.length} definitions of ${what} are deleted, for every namespace and everybody who uses them. ${note} ${loss} They are exported first.`
  return {
    steps: [exporting, guarded],
    confirmations: [
      { code: 'definitions-lost', text, destructive: true, objects: [...definitions, ...objects].slice(0, namedObjects).map(refOf) },
    ],
  }
}

/** Counts what people want of an object; what controllers say in its status does not matter for an export. */
function generationOf({ metadata }: KubeObject): string {
  return String(metadata.generation ?? metadata.resourceVersion)
}

function notExported(objects: readonly KubeObject[]): AdapterError {
  const names = objects.slice(0, 5).map(nameOf).join(', ')
  return new AdapterError('conflict', `${objects.length} objects came or changed after the export, so nothing was deleted.`, {
    cause: `They are not in the file as they are now: ${names}.`,
    remedy: 'Retry the operation: it exports again, then deletes.',
  })
}
