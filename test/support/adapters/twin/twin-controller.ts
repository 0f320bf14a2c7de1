import type { KubeObject } from '../../../../kube/kube-object.js'

/** The control plane of a revision, which a simulated cluster brings up. */
export function twinController(revision: string, version: string): KubeObject {
  const labels = { app: 'twin-controller', ...(revision === 'default' ? {} : { 'twin/rev': revision }) }
  const containers = [{ name: 'controller', image: `example.com/twin-controller:${version}` }]
  return {
    ...{ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: `controller-${revision}`, namespace: 'twin-system', labels } },
    spec: { replicas: 1, selector: { matchLabels: labels }, template: { metadata: { labels }, spec: { containers } } },
  } as KubeObject
}
