import type { Installer } from '../../contract/installation.js'
import { findInstaller } from '../../installers/find-installer.js'
import type { KubeObject } from '../../kube/kube-object.js'
import type { Catalog } from './catalog.js'
import { defaultRevision, type Place } from './chart-mesh.js'
import type { ClusterSession } from './cluster-session.js'

type Rule = Catalog['discoveryRules'][number]

/** A workload of the mesh itself. */
export interface MeshPart extends Place {
  workload: KubeObject
  component: string
  role: Rule['role']
  /** Empty when no label tells. */
  version: string
  installer: Installer
}

/** A control plane: one for each namespace and revision, of one workload or of several. */
export interface ControlPlane extends Place {
  workload: KubeObject
  version: string
  installer: Installer
}

const kinds = ['Deployment', 'StatefulSet', 'DaemonSet']

/** Every workload of the mesh in the grant's scope, whoever installed it, by the catalogue's rules. Reads metadata only. */
export async function findParts(session: ClusterSession, { discoveryRules }: Catalog): Promise<MeshPart[]> {
  const lists = await Promise.all(kinds.map((kind) => session.list({ apiVersion: 'apps/v1', kind }, { metadataOnly: true })))
  return lists.flat().flatMap((workload) => {
    const rule = discoveryRules.find(({ labels }) => labels.every(({ key, values }) => hasLabel(workload, key, values)))
    return rule ? [toPart(workload, rule)] : []
  })
}

/** The control planes among the parts. */
export function controlPlanes(parts: readonly MeshPart[]): ControlPlane[] {
  const planes = parts.filter(({ role }) => role === 'control-plane')
  return [...new Map(planes.map((part) => [`${part.namespace}/${part.revision}`, part])).values()]
}

/**
 * The revision that an object is of, or asks for: nothing and an empty text both mean the default. An injector writes its own
 * name as an annotation on the pod, whose label, if any, is what was asked for and may be a tag.
 */
export function revisionOf({ metadata: { annotations, labels } }: KubeObject, key: string): string {
  return annotations?.[key] || labels?.[key] || defaultRevision
}

/** The label by which objects of this mesh tell their revision; empty when it has no revisions. */
export function revisionLabel({ discoveryRules }: Catalog): string {
  return discoveryRules.find((rule) => rule.revisionLabel !== '')?.revisionLabel ?? ''
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
    installer: findInstaller(workload.metadata),
  }
}

function hasLabel({ metadata }: KubeObject, key: string, values: readonly string[]): boolean {
  const value = metadata.labels?.[key]
  return value !== undefined && (values.length === 0 || values.includes(value))
}
