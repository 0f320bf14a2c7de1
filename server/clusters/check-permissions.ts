import { setMaxListeners } from 'node:events'
import type { Cluster, ClusterCheck } from '../../contract/cluster.js'
import type { KubeConnection } from '../../kube/connection.js'
import { type AccessQuestion, reviewAccess } from '../../kube/review-access.js'

type Finding = Omit<ClusterCheck, 'check' | 'durationMs'>

interface Need {
  question: AccessQuestion
  /** What goes without it. */
  disables: string
}

const readNeeds: Need[] = [
  { question: { verb: 'list', resource: 'pods' }, disables: 'control planes and sidecars are not seen' },
  { question: { verb: 'list', group: 'apps', resource: 'deployments' }, disables: 'who installed a mesh is not seen' },
  { question: { verb: 'list', group: 'apps', resource: 'daemonsets' }, disables: 'node components of a mesh are not seen' },
  { question: { verb: 'list', group: 'apps', resource: 'statefulsets' }, disables: 'servers of a mesh that keep state are not seen' },
]

const clusterReadNeeds: Need[] = [
  {
    question: { verb: 'list', group: 'apiextensions.k8s.io', resource: 'customresourcedefinitions' },
    disables: 'the Gateway API is not seen',
  },
  { question: { verb: 'list', resource: 'namespaces' }, disables: 'namespaces and their injection marks are not seen' },
]

const installNeeds: Need[] = [
  { question: { verb: 'create', group: 'apps', resource: 'deployments' }, disables: '' },
  { question: { verb: 'create', resource: 'secrets' }, disables: '' },
]

const clusterInstallNeeds: Need[] = [
  { question: { verb: 'create', group: 'apiextensions.k8s.io', resource: 'customresourcedefinitions' }, disables: '' },
  { question: { verb: 'create', group: 'rbac.authorization.k8s.io', resource: 'clusterroles' }, disables: '' },
  { question: { verb: 'create', group: 'admissionregistration.k8s.io', resource: 'mutatingwebhookconfigurations' }, disables: '' },
]

/** Asks for each right by SelfSubjectAccessReview: all over the cluster, or in each namespace of the scope. */
export async function checkPermissions(
  connection: KubeConnection,
  { scope, signal }: { scope: Cluster['scope']; signal: AbortSignal },
): Promise<Finding> {
  const places = scope === 'cluster' ? [undefined] : scope
  // All questions are asked at once, and each listens to it.
  setMaxListeners(0, signal)
  const missingOf = async (needs: Need[]) =>
    (await Promise.all(needs.flatMap((need) => places.map((namespace) => ask(need, namespace))))).flat()
  const ask = async (need: Need, namespace: string | undefined) => {
    const { allowed } = await reviewAccess(connection, { ...need.question, namespace }, signal)
    return allowed ? [] : [{ need, text: `${describe(need.question)}${namespace === undefined ? '' : ` in ${namespace}`}` }]
  }
  const [unread, uninstalled] = await Promise.all([
    missingOf(scope === 'cluster' ? [...readNeeds, ...clusterReadNeeds] : readNeeds),
    missingOf(scope === 'cluster' ? [...installNeeds, ...clusterInstallNeeds] : installNeeds),
  ])
  const asked = places.length * (scope === 'cluster' ? readNeeds.length + clusterReadNeeds.length : readNeeds.length)
  return judge({ unread, uninstalled, canReadNothing: unread.length === asked, isWhole: scope === 'cluster' })
}

interface Missing {
  need: Need
  text: string
}

interface Judged {
  unread: Missing[]
  uninstalled: Missing[]
  canReadNothing: boolean
  /** False for a scope of namespaces. */
  isWhole: boolean
}

function judge({ unread, uninstalled, canReadNothing, isWhole }: Judged): Finding {
  const remedy = 'Ask an administrator of the cluster for these rights, or connect with another credential, or with a scope of namespaces.'
  if (unread.length > 0) {
    const effects = [...new Set(unread.map(({ need }) => need.disables))]
    return {
      result: canReadNothing ? 'failed' : 'warning',
      message: canReadNothing ? 'This credential may read nothing that we need.' : `Some rights are missing: ${effects.join('; ')}.`,
      cause: `Not allowed: ${unread.map(({ text }) => text).join(', ')}.`,
      remedy,
    }
  }
  if (uninstalled.length > 0) {
    return {
      result: 'warning',
      message: 'Meshes can be seen here, and not be installed or removed.',
      cause: `Not allowed: ${uninstalled.map(({ text }) => text).join(', ')}.`,
      remedy,
    }
  }
  const changes = isWhole ? 'change what an installation needs' : 'change what applications need there; a mesh needs the whole cluster'
  return { result: 'ok', message: `May read what we show, and ${changes}.` }
}

function describe({ verb, group, resource }: AccessQuestion): string {
  return `${verb} ${resource}${group === undefined ? '' : `.${group}`}`
}
