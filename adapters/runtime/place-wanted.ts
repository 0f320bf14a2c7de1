import { type ChartMesh, defaultRevision, type Place, type Wanted } from './chart-mesh.js'
import { chooseComponents } from './components.js'
import type { Call, Scene } from './mesh-adapter.js'
import { findVersion } from './offered-versions.js'

/** The releases that a call asks for, each where the mesh puts it. Throws `invalid-parameters` for a version that nobody offers. */
export async function placeWanted(
  { catalog, place, complete }: Pick<ChartMesh, 'catalog' | 'place' | 'complete'>,
  scene: Scene,
  { call: { target, parameters }, params, version }: { call: Call; params: Wanted['params']; version: string },
): Promise<Wanted> {
  const here: Place = { namespace: target.namespace || catalog.namespace, revision: target.revision || defaultRevision }
  const found = await findVersion(catalog, scene.releases.charts, version)
  const instances = chooseComponents(catalog, complete?.(parameters) ?? parameters, { ...found, namespace: here.namespace })
  const around = { ...here, components: instances.map(({ component }) => component.component), params }
  const placed = await Promise.all(instances.map((instance) => place?.(instance, around, scene) ?? instance))
  return { ...here, version: found, instances: placed, params }
}
