import type { KubeObject } from '../../kube/kube-object.js'
import { applyStep } from './apply-step.js'
import { helmManager } from './install-release-step.js'
import type { Scene, Step } from './mesh-adapter.js'
import { isDefinition } from './release-manifest.js'

/** The definitions of a chart's crds/ folder: helm brings them with an install, and never updates or removes them. */
export function rawDefinitions(rendered: readonly KubeObject[]): KubeObject[] {
  return rendered.filter((object) => isDefinition(object) && object.metadata.annotations?.['meta.helm.sh/release-name'] === undefined)
}

/**
 * Brings the definitions of a chart's crds/ folder to its version, as the projects ask their users to do by hand. They are the
 * mesh's own kinds, whoever applied them last (helm, kubectl, a Job of the chart): their fields are taken over.
 */
export function definitionsStep(scene: Scene, { component, objects }: { component: string; objects: readonly KubeObject[] }): Step {
  return applyStep(scene, {
    key: `definitions-${component}`,
    title: `Update ${objects.length} definitions that helm does not update`,
    component,
    manager: helmManager,
    force: true,
    equivalent: 'helm show crds <chart> | kubectl apply --server-side --force-conflicts -f -',
    objects,
  })
}
