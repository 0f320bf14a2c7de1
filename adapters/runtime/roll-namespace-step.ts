import type { KubeObject } from '../../kube/kube-object.js'
import type { Catalog } from './catalog.js'
import { markChange } from './membership-marks.js'
import { type Expectation, isAsWished, type NamespaceApplications, needsNewPod, readApplications, templateOf } from './membership-pods.js'
import type { Scene, Step } from './mesh-adapter.js'
import { restartPatch, rollPodsStep } from './roll-pods-step.js'

/** What the pods of one namespace are to become, and how long that may take. */
export interface RollNamespaceOptions {
  catalog: Catalog
  namespace: string
  expected: Expectation
  /** As it was when the plan was made: what it shows. The step itself looks anew. */
  applications: NamespaceApplications
  timeoutMs: number
}

/** Makes the pods of a namespace what its marks ask for. */
export function rollNamespaceStep(scene: Scene, options: RollNamespaceOptions): Step {
  const { catalog, namespace, expected, timeoutMs } = options
  const reached = expected.wish.to === 'join' ? 'in the mesh' : 'out of the mesh'
  return rollPodsStep(scene, {
    key: `roll-${namespace}`,
    namespace,
    shown: toRoll(catalog, options.applications, expected),
    look: async () => {
      const applications = await readApplications(scene.session, catalog, namespace)
      const workloads = toRoll(catalog, applications, expected)
      return { applications, workloads, isAsWished: (pod) => isAsWished(catalog, pod, expected) }
    },
    // Where a mesh marks pods, the mark stands in the workload's template and comes and goes with the same restart.
    patchOf: (workload) => restartPatch(markChange(catalog, { scope: 'pod', metadata: templateOf(workload) }, expected.wish)),
    texts: { wished: `${reached}, as wished`, missed: `${reached} (${catalog.title})` },
    timeoutMs,
  })
}

/** The workloads that have to bring new pods: one of theirs is not as wished, or their own template asks for something else. */
export function toRoll(catalog: Catalog, { workloads }: NamespaceApplications, expected: Expectation): KubeObject[] {
  return workloads
    .filter(
      ({ workload, pods }) =>
        pods.some((pod) => needsNewPod(catalog, pod, expected)) ||
        markChange(catalog, { scope: 'pod', metadata: templateOf(workload) }, expected.wish) !== undefined,
    )
    .map(({ workload }) => workload)
}
