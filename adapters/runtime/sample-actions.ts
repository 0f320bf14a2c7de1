import { joinModes } from './membership-marks.js'
import type { MeshAdapter } from './mesh-adapter.js'
import { installSampleAction } from './sample/install-sample-action.js'
import { removeSampleAction } from './sample/remove-sample-action.js'

/** The adapter with a sample application for its mesh, for every one that marks its members; without a mesh plain Kubernetes offers it. */
export function withSample(adapter: MeshAdapter): MeshAdapter {
  const { catalog, actions } = adapter
  const isOffered = joinModes(catalog).length > 0 || catalog.features.includes('samples')
  return isOffered ? { ...adapter, actions: [...actions, installSampleAction(catalog), removeSampleAction(catalog)] } : adapter
}
