import semver from 'semver'
import { type AccessQuestion, reviewAccess } from '../../kube/review-access.js'
import type { Finding, ObjectRef } from '../../proto/gen/meshwright/adapter/v1/adapter.js'
import { AdapterError } from './adapter-error.js'
import { busyText } from './busy-release.js'
import type { CatalogVersion } from './catalog.js'
import type { ClusterSession } from './cluster-session.js'
import type { Helm } from './helm.js'
import { isLeftByUs, isUnfinished, latestRelease } from './helm-releases.js'
import { errorFinding, findingOf, infoFinding, warningFinding } from './plan-findings.js'
import { whenForbidden } from './when-forbidden.js'

/** The releases of helm 4 before this one let a chart write or run what it should not. */
const safeHelm = '4.1.4'

/** helm is there and is helm 4; the finding says what to do when not. */
export async function checkHelm(helm: Helm): Promise<Finding[]> {
  const found = await helm.find().catch((error: unknown) => {
    if (error instanceof AdapterError) return error
    throw error
  })
  if (found instanceof AdapterError) return [findingOf(found)]
  if (semver.gte(found.version, safeHelm)) return []
  const message = `helm ${found.version} has known faults in how it unpacks charts.`
  return [warningFinding({ code: 'helm-outdated', message, remedy: `Update ${found.path} to ${safeHelm} or later.` })]
}

/** A mesh with definitions, webhooks and cluster roles cannot be put into the namespaces of a scope. */
export function checkScope({ namespaces }: ClusterSession, title: string): Finding[] {
  if (namespaces.length === 0) return []
  return [
    errorFinding({
      code: 'needs-whole-cluster',
      message: `${title} needs the whole cluster, and this connection is for ${namespaces.join(', ')} only.`,
      cause: 'Its definitions, webhooks and cluster roles belong to no namespace.',
      remedy: 'Connect the cluster with the scope "cluster", by an identity that may change cluster-wide objects.',
    }),
  ]
}

/** The cluster's version against what the mesh requires (refuse) and what it was tested with (warn). */
export async function checkKubernetesVersion(session: ClusterSession, title: string, wanted: CatalogVersion): Promise<Finding[]> {
  const version = await session.version()
  const name = `${title} ${wanted.version}`
  if (!semver.satisfies(version, wanted.kubernetesRequired)) {
    const remedy = 'Choose another version of the mesh, or upgrade the cluster.'
    return [
      errorFinding({
        code: 'kubernetes-unsupported',
        message: `${name} needs Kubernetes ${wanted.kubernetesRequired}; this cluster runs ${version}.`,
        remedy,
      }),
    ]
  }
  if (wanted.kubernetesTested === '') return [testsNotStated(name, version)]
  if (semver.satisfies(version, wanted.kubernetesTested)) return []
  const message = `${name} was tested with Kubernetes ${wanted.kubernetesTested}; this cluster runs ${version}.`
  return [warningFinding({ code: 'kubernetes-untested', message, remedy: 'It may work; try it on a cluster that nobody needs first.' })]
}

function testsNotStated(name: string, version: string): Finding {
  return infoFinding({
    code: 'kubernetes-tests-not-stated',
    message: `Whether ${name} was tested with Kubernetes ${version} is not known.`,
    cause: 'Its project states no range of tested versions.',
    remedy: 'Try it on a cluster that nobody needs first.',
  })
}

/** A version whose time is over may still be installed, knowingly; so may one of which nobody knows when it is. */
export function checkLifetime(title: string, { version, endOfLifeOn }: CatalogVersion, now = new Date()): Finding[] {
  if (endOfLifeOn === '') return [endNotKnown(`${title} ${version}`)]
  if (now.toISOString().slice(0, 10) <= endOfLifeOn) return []
  const message = `${title} ${version} gets no security fixes since ${endOfLifeOn}.`
  return [warningFinding({ code: 'end-of-life', message, remedy: 'Choose a version that is still maintained.' })]
}

function endNotKnown(name: string): Finding {
  return infoFinding({
    code: 'end-of-life-not-known',
    message: `Until when ${name} gets security fixes is not known.`,
    cause: 'The catalogue of this Meshwright holds no end-of-life date of it.',
    remedy: 'Look at what its project says of its releases, and upgrade before its end.',
  })
}

/** A namespace that is being deleted takes no new objects. */
export async function checkNamespace(session: ClusterSession, name: string): Promise<Finding[]> {
  const namespace = await whenForbidden(session.get({ apiVersion: 'v1', kind: 'Namespace', name }), undefined)
  if (namespace?.metadata.deletionTimestamp === undefined) return []
  const object = { apiVersion: 'v1', kind: 'Namespace', namespace: '', name }
  const message = `Namespace ${name} is being deleted.`
  const remedy = `Wait until it is gone; when it stays, \`kubectl get namespace ${name} -o yaml\` tells which finalizer waits. Then plan again.`
  return [errorFinding({ code: 'namespace-terminating', message, remedy, object })]
}

/** A release that somebody's helm works on, or was killed in. */
export async function checkRelease(session: ClusterSession, place: { namespace: string; name: string }): Promise<Finding[]> {
  const record = await whenForbidden(latestRelease(session, place), undefined)
  if (record === undefined || !isUnfinished(record)) return []
  if (isLeftByUs(record)) {
    const message = `Release ${place.name} in ${place.namespace} is ${record.status}: an operation of Meshwright was interrupted there.`
    return [
      infoFinding({
        code: 'release-interrupted',
        message,
        cause: `Operation ${record.operation}.`,
        remedy: 'Nothing: the step clears the record and runs again.',
      }),
    ]
  }
  return [errorFinding({ code: 'release-busy', ...busyText(record) })]
}

const askedAtOnce = 8

/** One error per missing permission of the grant's identity. Whoever may do everything is asked only that. */
export async function checkPermissions(
  session: ClusterSession,
  { objects, verbs, also = [] }: { objects: readonly ObjectRef[]; verbs: readonly string[]; also?: readonly AccessQuestion[] },
): Promise<Finding[]> {
  const everything = await reviewAccess(session.connection, { verb: '*', group: '*', resource: '*' })
  if (everything.allowed) return []
  const kinds = await Promise.all(objects.map(async (object) => ({ object, resource: await session.resource(object) })))
  const questions = kinds.flatMap(({ object, resource }) =>
    resource
      ? verbs.map((verb): AccessQuestion => ({ verb, group: resource.group, resource: resource.plural, namespace: object.namespace }))
      : [],
  )
  const unique = [...new Map([...questions, ...also].map((question) => [JSON.stringify(question), question])).values()]
  const findings: Finding[] = []
  const queue = unique.values()
  const ask = async () => {
    for (const question of queue) {
      const { allowed, reason } = await reviewAccess(session.connection, question)
      if (!allowed) findings.push(missingPermission(question, reason))
    }
  }
  await Promise.all(Array.from({ length: askedAtOnce }, ask))
  return findings.sort((left, right) => left.message.localeCompare(right.message))
}

function missingPermission({ verb, group, resource, namespace }: AccessQuestion, reason: string): Finding {
  const what = group ? `${resource}.${group}` : resource
  const where = namespace ? `in namespace ${namespace}` : 'in the whole cluster'
  return errorFinding({
    code: 'permission-missing',
    message: `The cluster connection may not ${verb} ${what} ${where}.`,
    cause: reason,
    remedy: `Grant it: a Role or ClusterRole with apiGroups ["${group ?? ''}"], resources ["${resource}"], verbs ["${verb}"], bound to the identity of the connection.`,
  })
}
