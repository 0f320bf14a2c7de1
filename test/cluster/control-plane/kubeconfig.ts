import type { Identity } from './cluster-pki.js'

/** Where an API server is and how to know it; `ca` is PEM. */
export interface ApiEndpoint {
  readonly url: string
  readonly ca: string
}

/** A kubeconfig with everything inline. JSON, which is YAML too. */
export function kubeconfigText(endpoint: ApiEndpoint, user: string, identity: Identity): string {
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'testbed', cluster: { server: endpoint.url, 'certificate-authority-data': base64(endpoint.ca) } }],
    users: [{ name: user, user: { 'client-certificate-data': base64(identity.certificate), 'client-key-data': base64(identity.key) } }],
    contexts: [{ name: 'testbed', context: { cluster: 'testbed', user } }],
    'current-context': 'testbed',
  }
  return `${JSON.stringify(config, undefined, 2)}\n`
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64')
}
