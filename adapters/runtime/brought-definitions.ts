import type { KubeObject } from '../../kube/kube-object.js'
import type { Confirmation, Finding } from '../../proto/gen/meshwright/adapter/v1/adapter.js'
import type { Catalog } from './catalog.js'
import { counted, countObjects, type DroppedDefinition } from './dropped-definitions.js'
import type { InstalledRelease } from './installed-releases.js'
import { refOf } from './manifests.js'
import type { Scene } from './mesh-adapter.js'
import { infoFinding } from './plan-findings.js'
import { isDefinition, isKept, releaseObjects } from './release-manifest.js'

/** The definitions that go with a release when helm takes it away, and every object of their kinds with them. */
export interface BroughtDefinitions {
  /** Of the mesh's own kinds. */
  own: DroppedDefinition[]
  /** Of kinds that are everybody's, such as those of the Gateway API. */
  others: DroppedDefinition[]
}

/** Reads the definitions of a release that are there and that its record does not mark to be kept; marks in the cluster do not count for helm. */
export async function findBrought(
  { session }: Scene,
  { customResources }: Catalog,
  release: InstalledRelease,
): Promise<BroughtDefinitions> {
  const objects = await releaseObjects(session, release.payload, release.namespace)
  const unkept = objects.filter((object) => isDefinition(object) && !isKept(object))
  const found = await countObjects(session, unkept)
  const isOwn = ({ definition }: { definition: KubeObject }) => customResources.includes(definition.metadata.name ?? '')
  return { own: found.filter(isOwn), others: found.filter((each) => !isOwn(each)) }
}

/** A yes to losing objects of the mesh's own kinds, which are useless without it and still somebody's work. */
export function confirmLost(release: string, own: readonly DroppedDefinition[]): Confirmation[] {
  const used = own.filter(({ objects }) => objects?.length !== 0)
  if (used.length === 0) return []
  return [
    {
      code: 'custom-resources-lost',
      text: `Release ${release} takes its definitions with it, and every object of their kinds: ${used.map(counted).join(', ')}. The objects are exported first, into a file that this operation keeps.`,
      destructive: true,
      objects: used.map(({ definition }) => refOf(definition)),
    },
  ]
}

/** That what is everybody's stays. */
export function keptFindings(others: readonly DroppedDefinition[]): Finding[] {
  if (others.length === 0) return []
  return [
    infoFinding({
      code: 'definitions-kept',
      message: `${others.length} definitions of others are kept: ${others.map(counted).join(', ')}.`,
      cause: 'The chart brought them and helm would delete them with all their objects; other meshes and gateways use the same kinds.',
      remedy: 'Nothing; whoever needs the kinds looks after them from now on.',
    }),
  ]
}
