import type { KubeObject } from '../../kube/kube-object.js'
import type { ClusterSession } from './cluster-session.js'
import type { ReleasePayload } from './helm-releases.js'
import { readManifests } from './manifests.js'

/** The objects of a release as its record holds them, each in its namespace. Kinds that are gone count as cluster-scoped. */
export async function releaseObjects(session: ClusterSession, { manifest }: ReleasePayload, namespace: string): Promise<KubeObject[]> {
  return Promise.all(
    readManifests(manifest).map(async (object) => {
      const namespaced = (await session.resource(object))?.namespaced ?? false
      return namespaced && !object.metadata.namespace ? { ...object, metadata: { ...object.metadata, namespace } } : object
    }),
  )
}

/** Whether the chart asks helm to leave an object when its release goes, or no longer names it. */
export function isKept({ metadata }: KubeObject): boolean {
  return metadata.annotations?.['helm.sh/resource-policy'] === 'keep'
}

/** Whether it is a CustomResourceDefinition. */
export function isDefinition({ kind }: KubeObject): boolean {
  return kind === 'CustomResourceDefinition'
}

/** Tells an object of a manifest from the others; the version of the API does not matter. */
export function identity({ apiVersion, kind, metadata }: KubeObject): string {
  const group = apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : ''
  return `${group}|${kind}|${metadata.namespace ?? ''}|${metadata.name}`
}
