import type { KubeObject } from '../../kube/kube-object.js'
import type { ExpectedLeftover } from '../../proto/gen/meshwright/adapter/v1/adapter.js'
import type { Catalog } from './catalog.js'
import type { ClusterSession } from './cluster-session.js'
import { nameOf, refOf } from './manifests.js'
import { whenForbidden } from './when-forbidden.js'

const definitions = { apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition' }

/** `going` are names of definitions that do not stay. */
interface Going {
  namespaces: readonly string[]
  going?: ReadonlySet<string>
}

/** What an uninstall will leave in the cluster, by name, as far as it is there now; and what no API shows. */
export async function expectedLeftovers(
  session: ClusterSession,
  catalog: Catalog,
  { namespaces, going = new Set() }: Going,
): Promise<ExpectedLeftover[]> {
  const found = await Promise.all([
    keptDefinitions(
      session,
      catalog.customResources.filter((name) => !going.has(name)),
    ),
    ...catalog.runtimeLeftovers.map((rule) => madeAtRunTime(session, rule, namespaces)),
    leftNamespaces(session, namespaces),
  ])
  const invisible = catalog.invisibleLeftovers.map((leftover) => ({ object: undefined, ...leftover }))
  return [...found.flat(), ...invisible]
}

async function keptDefinitions(session: ClusterSession, names: readonly string[]): Promise<ExpectedLeftover[]> {
  const found = await Promise.all(names.map((name) => whenForbidden(session.get({ ...definitions, name }), undefined)))
  return found
    .flatMap((object) => object ?? [])
    .map((object) => ({
      object: refOf(object),
      description: nameOf(object),
      reason: 'Definitions are kept: deleting one deletes every custom resource of its kind.',
      removeBy: `kubectl delete customresourcedefinition ${object.metadata.name}`,
    }))
}

async function madeAtRunTime(
  session: ClusterSession,
  { apiVersion, kind, name, where, reason, removeBy }: Catalog['runtimeLeftovers'][number],
  namespaces: readonly string[],
): Promise<ExpectedLeftover[]> {
  const matches = new RegExp(`^${name.split('*').map(escapeText).join('.*')}$`)
  const selection = { metadataOnly: true, ...(name.includes('*') ? {} : { fieldSelector: `metadata.name=${name}` }) }
  const scopes = where === 'installation' ? namespaces : [undefined]
  const lists = await Promise.all(
    scopes.map((namespace) => whenForbidden(session.list({ apiVersion, kind }, { ...selection, ...(namespace ? { namespace } : {}) }), [])),
  )
  return lists
    .flat()
    .filter(({ metadata }) => matches.test(metadata.name ?? ''))
    .map((object) => ({ object: refOf(object), description: nameOf(object), reason, removeBy: fill(removeBy, object) }))
}

function fill(text: string, { metadata }: KubeObject): string {
  return text.replaceAll('{namespace}', metadata.namespace ?? '').replaceAll('{name}', metadata.name ?? '')
}

async function leftNamespaces(session: ClusterSession, names: readonly string[]): Promise<ExpectedLeftover[]> {
  const found = await Promise.all(
    [...new Set(names)].map((name) => whenForbidden(session.get({ apiVersion: 'v1', kind: 'Namespace', name }), undefined)),
  )
  return found
    .flatMap((object) => object ?? [])
    .map((object) => ({
      object: refOf(object),
      description: nameOf(object),
      reason: 'helm removes no namespace: it may hold what others put there.',
      removeBy: `kubectl delete namespace ${object.metadata.name}`,
    }))
}

function escapeText(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')
}
