/** A kubeconfig of one context called `main`, with a token. JSON is YAML too. */
export function tokenKubeconfig({ url, ca, token = 'token-of-a-test' }: { url: string; ca?: string; token?: string }): string {
  const authority = ca === undefined ? {} : { 'certificate-authority-data': Buffer.from(ca).toString('base64') }
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'main',
    clusters: [{ name: 'there', cluster: { server: url, ...authority } }],
    users: [{ name: 'me', user: { token } }],
    contexts: [{ name: 'main', context: { cluster: 'there', user: 'me' } }],
  })
}
