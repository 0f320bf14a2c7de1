import type { KubeObject } from '../../kube/kube-object.js'
import type { Confirmation } from '../../proto/gen/meshwright/adapter/v1/adapter.js'
import { applyStep } from './apply-step.js'
import type { ClusterSession } from './cluster-session.js'
import { keyOf } from './judge-object.js'
import { refOf } from './manifests.js'
import type { Scene, Step } from './mesh-adapter.js'
import { isDefinition, isKept } from './release-manifest.js'
import { whenForbidden } from './when-forbidden.js'

/** A definition that helm would delete, with the objects that hang on it. */
export interface DroppedDefinition {
  definition: KubeObject
  /** Their metadata; undefined when they may not be listed. */
  objects: KubeObject[] | undefined
}

/** `httproutes.gateway.networking.k8s.io (3 objects)`: a definition with what hangs on it. */
export function counted({ definition, objects }: DroppedDefinition): string {
  const many = objects === undefined ? 'not countable' : objects.length === 1 ? '1 object' : `${objects.length} objects`
  return `${definition.metadata.name} (${many})`
}

// An owner of its own: neither helm nor a manifest of somebody may take the mark away with its next apply.
const keepManager = 'meshwright-keep'

/**
 * The definitions that helm would delete with an upgrade, and every object of their kinds with them: those of the old
 * manifest that are not in the new one, are there, and carry no keep mark.
 */
export async function findDropped(
  session: ClusterSession,
  before: readonly KubeObject[],
  after: readonly KubeObject[],
): Promise<DroppedDefinition[]> {
  const next = new Set(after.filter(isDefinition).map(({ metadata }) => metadata.name))
  const gone = before.filter((object) => isDefinition(object) && !isKept(object) && !next.has(object.metadata.name))
  return (await countObjects(session, gone)).filter(({ definition }) => !isKept(definition))
}

/** Those of the definitions that are there, as they are there, with what hangs on each. */
export async function countObjects(session: ClusterSession, definitions: readonly KubeObject[]): Promise<DroppedDefinition[]> {
  const found = await Promise.all(
    definitions.map(async (definition) => {
      const live = await session.get(keyOf(definition))
      return live ? [{ definition: live, objects: await listObjects(session, live) }] : []
    }),
  )
  return found.flat()
}

/** A yes to a text that counts what hangs on the definitions. They stay, and nobody looks after them any more. */
export function confirmDropped(release: string, dropped: readonly DroppedDefinition[]): Confirmation {
  const many = dropped.length === 1 ? 'definition' : 'definitions'
  return {
    code: 'definitions-dropped',
    text: `The new chart of release ${release} no longer holds ${dropped.length} ${many}: ${dropped.map(counted).join(', ')}. helm would delete them with all their objects. Meshwright marks them to be kept first (helm.sh/resource-policy: keep); from then on no chart updates or removes them.`,
    destructive: true,
    objects: dropped.map(({ definition }) => refOf(definition)),
  }
}

/** Marks the definitions so that helm leaves them, before helm is asked for anything. */
export function keepDefinitionsStep(
  scene: Scene,
  { component, dropped }: { component: string; dropped: readonly DroppedDefinition[] },
): Step {
  const names = dropped.map(({ definition }) => definition.metadata.name)
  return applyStep(scene, {
    key: `keep-definitions-${component}`,
    title: `Keep ${names.length} ${names.length === 1 ? 'definition' : 'definitions'} that helm would delete`,
    component,
    manager: keepManager,
    force: false,
    equivalent: `kubectl annotate customresourcedefinition ${names.join(' ')} helm.sh/resource-policy=keep`,
    objects: dropped.map(({ definition: { apiVersion, kind, metadata } }) => ({
      apiVersion,
      kind,
      metadata: { name: metadata.name ?? '', annotations: { 'helm.sh/resource-policy': 'keep' } },
    })),
  })
}

async function listObjects(session: ClusterSession, { spec }: KubeObject): Promise<KubeObject[] | undefined> {
  const { group, names, versions } = spec as { group: string; names: { kind: string }; versions: { name: string; served: boolean }[] }
  const served = versions.find((version) => version.served)
  if (served === undefined) return undefined
  const kind = { apiVersion: `${group}/${served.name}`, kind: names.kind }
  return whenForbidden(session.list(kind, { metadataOnly: true }), undefined)
}
