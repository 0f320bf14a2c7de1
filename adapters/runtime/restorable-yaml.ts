import { stringify } from 'yaml'
import type { KubeMetadata, KubeObject } from '../../kube/kube-object.js'

/**
 * An object as a document that `kubectl apply` brings back. What the server sets is left out, and so are owner references:
 * owners that come back have new uids, and Kubernetes deletes an object whose owner is gone.
 */
export function restorableYaml({ apiVersion, kind, metadata, status: _status, ...content }: KubeObject): string {
  const object = { apiVersion, kind, metadata: ownMetadata(metadata), ...content }
  // kubectl reads YAML 1.1, in which a plain `on`, `0755` or `1:30` is no text.
  return `---\n${stringify(object, { version: '1.1', lineWidth: 0, aliasDuplicateObjects: false })}`
}

// Written by `kubectl apply` for itself; it writes it anew.
const lastApplied = 'kubectl.kubernetes.io/last-applied-configuration'

function ownMetadata({ name = '', namespace, labels, annotations = {}, finalizers }: KubeMetadata): KubeMetadata {
  const { [lastApplied]: _applied, ...kept } = annotations
  return {
    name,
    ...(namespace === undefined ? {} : { namespace }),
    ...(labels === undefined ? {} : { labels }),
    ...(Object.keys(kept).length === 0 ? {} : { annotations: kept }),
    ...(finalizers === undefined ? {} : { finalizers }),
  }
}
