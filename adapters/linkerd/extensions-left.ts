import type { KubeObject } from '../../kube/kube-object.js'
import type { Finding } from '../../proto/gen/meshwright/adapter/v1/adapter.js'
import type { ChartMesh, Leaving } from '../runtime/chart-mesh.js'
import { groupBy } from '../runtime/group-by.js'
import { nameOf, refOf } from '../runtime/manifests.js'
import { errorFinding, warningFinding } from '../runtime/plan-findings.js'
import { someNames } from '../runtime/some-names.js'
import { whenForbidden } from '../runtime/when-forbidden.js'
import { extensionLabel, findExtensions } from './find-extensions.js'

/**
 * An uninstall takes the extensions whose releases it knows before the control plane. Those of other charts and of the command
 * line it cannot take, so they must be gone first: an API of theirs that nobody answers stops the deletion of every namespace.
 */
export const extensionsLeft: ChartMesh['beside'] & {} = async ({ session }, { others, releases }) => {
  // With another control plane there, an extension may be that one's, and nothing on it tells.
  const extensions = others.length > 0 ? nothing : await whenForbidden(findExtensions(session), undefined)
  if (extensions === undefined) return onlyFindings([unseen])
  const taken = new Set(releases.map(({ namespace }) => namespace))
  // What bears no label and stands beside an extension that goes is somebody's own.
  const left = extensions.workloads.filter(
    ({ workload, isMarked }) => (isMarked || !taken.has(workload.metadata.namespace ?? '')) && !goesWith(workload, releases),
  )
  const findings = [...groupBy(left, ({ extension }) => extension)].map(([extension, found]) =>
    leftFinding(
      extension,
      found.map(({ workload }) => workload),
    ),
  )
  return onlyFindings(findings)
}

const nothing = { namespaces: [], workloads: [] }

const unseen = warningFinding({
  code: 'extensions-unknown',
  message: 'Whether an extension of Linkerd is left that no release of this uninstall holds cannot be seen.',
  cause: 'The cluster connection may not list namespaces, or workloads in all of them.',
  remedy: `Look yourself before you start: kubectl get deployments --all-namespaces --selector ${extensionLabel}.`,
})

function onlyFindings(findings: Finding[]) {
  return { steps: [], findings, confirmations: [] }
}

function goesWith(workload: KubeObject, releases: Leaving['releases']): boolean {
  const holder = releaseOf(workload)
  return releases.some(({ release, namespace }) => release === holder?.release && namespace === holder.namespace)
}

function releaseOf({ metadata: { annotations = {} } }: KubeObject) {
  const release = annotations['meta.helm.sh/release-name']
  const namespace = annotations['meta.helm.sh/release-namespace']
  return release && namespace ? { release, namespace } : undefined
}

function leftFinding(extension: string, workloads: readonly KubeObject[]): Finding {
  const [first] = workloads
  const held = first && releaseOf(first)
  const how = held
    ? `helm uninstall ${held.release} --namespace ${held.namespace}`
    : 'with what installed it; for the linkerd command that is `uninstall` of the extension, piped into `kubectl delete --filename -`'
  return errorFinding({
    code: 'extension-left',
    message: `The extension ${extension} of Linkerd is still there: ${someNames(workloads.map(nameOf).sort())}.`,
    cause:
      'No release that this uninstall takes away holds it. Without the control plane it does not work, and if it adds an API to the API server, no namespace of the cluster can be deleted any more.',
    remedy: `Uninstall it first (${how}), then plan again.`,
    ...(first ? { object: refOf(first) } : {}),
  })
}
