import type { Installer } from '../../contract/installation.js'
import { findInstaller } from '../../installers/find-installer.js'
import type { KubeObject } from '../../kube/kube-object.js'
import type { ClusterSession } from '../runtime/cluster-session.js'

/** One control plane that is there. */
export interface ControlPlane {
  deployment: KubeObject
  namespace: string
  revision: string
  /** Empty when no label tells. */
  version: string
  installer: Installer
}

/** What istiod calls itself when no revision was given. */
export const defaultRevision = 'default'

/** The revision that an object is of, or asks for: no label and an empty one both mean the default. */
export function revisionOf({ metadata }: KubeObject): string {
  return metadata.labels?.['istio.io/rev'] || defaultRevision
}

/** Every istiod in the grant's scope, whoever installed it. */
export async function findControlPlanes(session: ClusterSession): Promise<ControlPlane[]> {
  const deployments = await session.list({ apiVersion: 'apps/v1', kind: 'Deployment' }, { labelSelector: 'app=istiod' })
  return deployments.map((deployment) => {
    const { namespace = '', labels = {} } = deployment.metadata
    const version = labels['app.kubernetes.io/version'] ?? ''
    return {
      deployment,
      namespace,
      version,
      revision: revisionOf(deployment),
      installer: findInstaller(deployment.metadata),
    }
  })
}

/** A helm release that holds a part of Istio. */
export interface IstioRelease {
  component: 'gateway' | 'istiod' | 'base'
  release: string
  namespace: string
  installer: Installer
}

/** The release that an object belongs to, by the marks that helm leaves on it. */
export function releaseOf(object: KubeObject, component: IstioRelease['component']): IstioRelease[] {
  const annotations = object.metadata.annotations ?? {}
  const release = annotations['meta.helm.sh/release-name']
  const namespace = annotations['meta.helm.sh/release-namespace']
  return release && namespace ? [{ component, release, namespace, installer: findInstaller(object.metadata) }] : []
}

/** Gateways of the gateway chart: Deployments or DaemonSets that it labels as its own. */
export async function findGateways(session: ClusterSession): Promise<KubeObject[]> {
  const labelSelector = 'app.kubernetes.io/part-of=istio,istio'
  const lists = await Promise.all(
    ['Deployment', 'DaemonSet'].map((kind) => session.list({ apiVersion: 'apps/v1', kind }, { labelSelector })),
  )
  return lists.flat().filter(({ metadata }) => metadata.labels?.['helm.sh/chart']?.startsWith('gateway-'))
}
