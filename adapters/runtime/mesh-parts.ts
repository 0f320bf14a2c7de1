import type { Installer } from '../../contract/installation.js'
import { readInstaller } from '../../installers/find-installer.js'
import type { KubeObject } from '../../kube/kube-object.js'
import type { Catalog } from './catalog.js'
import { defaultRevision, type Place } from './chart-mesh.js'
import type { ClusterSession } from './cluster-session.js'
import { findGatewayPods, revisionOfPods } from './gateway-pods.js'
import { ruleFor } from './pod-belonging.js'
import { revisionLabel, revisionOf } from './revisions.js'
import { whenForbidden } from './when-forbidden.js'

type Rule = Catalog['discoveryRules'][number]

/** A workload of the mesh itself. */
export interface MeshPart extends Place {
  workload: KubeObject
  component: string
  role: Rule['role']
  /** Empty when no label tells. */
  version: string
  installer: Installer
  /** Where its installer is told to change it. */
  where: string
}

/** A control plane: one for each namespace and revision, of one workload or of several. */
export interface ControlPlane extends Place {
  workload: KubeObject
  version: string
  installer: Installer
  /** Where its installer is told to change it. */
  where: string
}

const kinds = ['Deployment', 'StatefulSet', 'DaemonSet']

/**
 * Every workload of the mesh in the grant's scope, whoever installed it, by the catalogue's rules. Reads metadata only, but of what
 * runs on each node: there are few of them, and ztunnel's bears what it is known by on its pods alone.
 */
export async function findParts(session: ClusterSession, catalog: Catalog): Promise<MeshPart[]> {
  const lists = await Promise.all(
    kinds.map((kind) => session.list({ apiVersion: 'apps/v1', kind }, { metadataOnly: kind !== 'DaemonSet' })),
  )
  const parts = lists.flat().flatMap((workload) => {
    const rule = ruleFor(catalog, workload.metadata.labels) ?? ruleFor(catalog, labelsOfPods(workload))
    return rule ? [toPart(workload, rule)] : []
  })
  const hasGateways = parts.some(({ role }) => role === 'gateway') && revisionLabel(catalog) !== ''
  if (!hasGateways) return parts
  // A gateway's workload says nowhere which revision it is of, or says the tag that it asks for: its newest pod knows.
  const pods = await whenForbidden(findGatewayPods(session, catalog), [])
  return parts.map((part) => (part.role === 'gateway' ? { ...part, revision: revisionOfPods(part.workload, pods) ?? part.revision } : part))
}

function labelsOfPods({ spec }: KubeObject): Record<string, string> {
  return ((spec ?? {}) as { template?: Pick<KubeObject, 'metadata'> }).template?.metadata.labels ?? {}
}

/** The control planes among the parts. */
export function controlPlanes(parts: readonly MeshPart[]): ControlPlane[] {
  const planes = parts.filter(({ role }) => role === 'control-plane')
  return [...new Map(planes.map((part) => [`${part.namespace}/${part.revision}`, part])).values()]
}

function toPart(workload: KubeObject, rule: Rule): MeshPart {
  const { namespace = '', labels = {} } = workload.metadata
  const source = rule.versionSources.find((each) => 'label' in each)
  return {
    workload,
    component: rule.component,
    role: rule.role,
    namespace,
    revision: rule.revisionLabel ? revisionOf(workload, rule.revisionLabel) : defaultRevision,
    version: (source && 'label' in source && labels[source.label]) || '',
    ...whoMade(workload),
  }
}

function whoMade({ metadata }: KubeObject): Pick<MeshPart, 'installer' | 'where'> {
  const { installer, where } = readInstaller(metadata)
  return { installer, where }
}
