import { once } from 'node:events'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { createCa, issueCertificate } from '../../certificates/certificate-authority.js'
import type { TestCluster } from '../cluster/test-cluster.js'

/** A ValidatingWebhookConfiguration that goes with the block. The API server takes a second or so to ask it, so it is asked for first. */
export async function putWebhooks(cluster: TestCluster, name: string, webhooks: readonly object[]): Promise<AsyncDisposable> {
  const common = { admissionReviewVersions: ['v1'], sideEffects: 'None' }
  const probe = {
    ...{ ...common, name: 'probe.policy.test', clientConfig: { service: { namespace: 'gone', name: 'probe' } } },
    rules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['resourcequotas'] }],
  }
  const configuration = {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingWebhookConfiguration',
    metadata: { name },
    webhooks: [probe, ...webhooks.map((webhook) => ({ ...common, ...webhook }))],
  }
  await cluster.kubectl(['create', '--filename=-'], { input: JSON.stringify(configuration) })
  const isAsked = () =>
    cluster.kubectl(['create', 'quota', 'probe', '--namespace=default', '--dry-run=server']).then(
      () => false,
      (error: unknown) => String(error).includes('probe.policy.test'),
    )
  while (!(await isAsked()));
  return {
    [Symbol.asyncDispose]: async () => {
      await cluster.kubectl(['delete', 'validatingwebhookconfiguration', name])
      while (await isAsked());
    },
  }
}

/** A webhook on loopback that takes every request and never answers one; `asked` counts them. */
export async function startHangingWebhook() {
  const ca = await createCa()
  const { cert, key } = await issueCertificate(ca, { commonName: '127.0.0.1', dnsNames: [], ipAddresses: ['127.0.0.1'] })
  let count = 0
  const server = createServer({ cert, key }, () => {
    count++
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    clientConfig: { url: `https://127.0.0.1:${port}/`, caBundle: Buffer.from(ca.cert).toString('base64') },
    asked: () => count,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      await new Promise((closed) => server.close(closed))
    },
  }
}
