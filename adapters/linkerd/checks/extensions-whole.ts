import type { Finding } from '../../../proto/gen/meshwright/adapter/v1/adapter.js'
import type { Check, CheckScene } from '../../runtime/checks/check.js'
import { groupBy } from '../../runtime/group-by.js'
import { nameOf, refOf } from '../../runtime/manifests.js'
import { templateOf } from '../../runtime/membership-pods.js'
import { warningFinding } from '../../runtime/plan-findings.js'
import { isOfMesh } from '../../runtime/pod-belonging.js'
import { podProblems } from '../../runtime/pod-problems.js'
import { readinessOf } from '../../runtime/workload-readiness.js'
import { type Extensions, extensionLabel, findExtensions } from '../find-extensions.js'

// linkerd2: pkg/healthcheck, the category linkerd-extension-checks (checkExtensionNsLabels).

/** Each extension has one namespace, by which Linkerd's command finds it, and what runs there is ready. */
export const extensionsWhole: Check = {
  code: 'extensions-whole',
  holds: 'Each extension of Linkerd has one namespace, and its workloads are ready.',
  question: 'the extensions of Linkerd are whole',
  find: async (scene) => {
    const { namespaces, workloads } = await findExtensions(scene.session)
    return [...severalNamespaces(namespaces), ...(await notReady(scene, workloads))]
  },
}

function severalNamespaces(namespaces: Extensions['namespaces']): Finding[] {
  return [...groupBy(namespaces, ({ extension }) => extension)].flatMap(([extension, found]) => {
    const [first, ...more] = found
    if (first === undefined || more.length === 0) return []
    const names = found.map(({ namespace }) => namespace.metadata.name)
    return [
      warningFinding({
        code: 'extension-in-several-namespaces',
        message: `The extension ${extension} has ${found.length} namespaces: ${names.join(', ')}.`,
        cause: `All of them bear the label ${extensionLabel}=${extension}, and Linkerd's command takes any one of them for the extension's.`,
        remedy: 'Take the label off those where the extension is not.',
        object: refOf(first.namespace),
      }),
    ]
  })
}

/** Pods that the catalogue knows by their labels are looked at with the mesh's own; here is what only its workload or its namespace tells. */
async function notReady({ session, catalog }: CheckScene, workloads: Extensions['workloads']): Promise<Finding[]> {
  const waiting = workloads.filter(({ workload }) => !isOfMesh(catalog, templateOf(workload).labels) && !readinessOf(workload).ready)
  return Promise.all(
    waiting.map(async ({ extension, workload }) =>
      warningFinding({
        code: 'extension-not-ready',
        message: `${nameOf(workload)} of the extension ${extension} is not ready: ${readinessOf(workload).detail}.`,
        cause: (await podProblems(session, workload)).slice(0, 5).join('; '),
        remedy: 'Look at the workload: its events and the logs of its pods tell more.',
        object: refOf(workload),
      }),
    ),
  )
}
