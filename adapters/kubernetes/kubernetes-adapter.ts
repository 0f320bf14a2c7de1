import { readCatalog } from '../runtime/catalog.js'
import type { MeshAdapter } from '../runtime/mesh-adapter.js'
import { applyManifests, deleteManifests } from './kubernetes-manifests.js'
import { restartWorkloads } from './kubernetes-restart.js'

/** Plain Kubernetes work: what no mesh owns, done with the same plans, steps and records as everything else. */
export const kubernetesAdapter: MeshAdapter = {
  catalog: readCatalog(new URL('catalog.json', import.meta.url)),
  actions: [applyManifests, deleteManifests, restartWorkloads],
}
