import { type ChartMesh, defaultRevision, type Place, type Wanted } from './chart-mesh.js'
import { type ComponentInstance, chooseComponents, deepMerge, imageValues } from './components.js'
import { askedOver, valuesToKeep } from './kept-values.js'
import type { Call, Scene } from './mesh-adapter.js'
import { findVersion } from './offered-versions.js'

/**
 * The releases that a call asks for, each where the mesh puts it. What is there already and is given no values goes on with those
 * that it has, under what the call's parameters ask for: `kept` names these releases. Throws `invalid-parameters` for a version that nobody offers.
 */
export async function placeWanted(
  { catalog, place, complete }: Pick<ChartMesh, 'catalog' | 'place' | 'complete'>,
  scene: Scene,
  { call: { target, parameters }, params, version }: { call: Call; params: Wanted['params']; version: string },
): Promise<Wanted & { kept: readonly string[] }> {
  const here: Place = { namespace: target.namespace || catalog.namespace, revision: target.revision || defaultRevision }
  const found = await findVersion(catalog, scene.releases.charts, version)
  const instances = chooseComponents(catalog, complete?.(parameters) ?? parameters, { ...found, namespace: here.namespace })
  const around = { ...here, components: instances.map(({ component }) => component.component) }
  const put = (instance: ComponentInstance, given = params) => place?.(instance, { ...around, params: given }, scene) ?? instance
  const kept: string[] = []
  const placed = await Promise.all(
    instances.map(async (instance) => {
      const fresh = await put(instance)
      const values = await valuesToKeep(scene.session, fresh, parameters)
      if (values === undefined) return fresh
      kept.push(fresh.release)
      const images = imageValues(catalog, instance.component, { images: parameters.images, version: instance.version, target: found })
      const bare = { ...instance, values: {} }
      const asked = askedOver((await put(bare)).values, (await put(bare, {})).values)
      return put({ ...instance, values: [values, asked, images].reduce(deepMerge) })
    }),
  )
  return { ...here, version: found, instances: placed, params, kept: kept.sort() }
}
