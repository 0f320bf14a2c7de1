import { once } from 'node:events'
import { Agent, createServer, request } from 'node:https'
import type { AddressInfo } from 'node:net'
import { createInterface } from 'node:readline'
import { json } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ControlPlane } from '../control-plane/control-plane.js'

/** Path by which everybody who reads a webhook configuration sees that no mesh answers there. */
export const fakeAdmissionPath = '/fake-admission-that-allows-everything'

/** Name of the condition by which everybody sees that a webhook is never called here. */
export const fakeCondition = 'fake-no-backend'

/**
 * `answered`: a responder of ours allows everything in the stead of the backend. `left-out`: the webhook is never called; no field that
 * a chart sets is changed, so that a chart can be applied once more.
 */
export type WebhooksWithoutBackend = 'answered' | 'left-out'

interface Webhook {
  readonly clientConfig: { readonly service?: unknown }
  readonly matchConditions?: readonly { readonly name: string }[]
}

interface WebhookConfiguration {
  readonly metadata: { readonly name: string }
  readonly webhooks?: readonly Webhook[]
}

type WatchEvent = { readonly type: string; readonly object: WebhookConfiguration }

const group = '/apis/admissionregistration.k8s.io/v1'
const resources = ['mutatingwebhookconfigurations', 'validatingwebhookconfigurations']

/** Stands in for the backends of webhooks that would be Services, for as long as it runs. */
export async function startFakeAdmission(
  { endpoint, admin, authority }: ControlPlane,
  webhooks: WebhooksWithoutBackend,
): Promise<{ stop(): Promise<void> }> {
  const identity = await authority.issue({ user: 'fake-admission', serves: { names: ['localhost'], addresses: ['127.0.0.1'] } })
  const server = createServer({ cert: identity.certificate, key: identity.key }, (asked, answer) => {
    json(asked).then(
      (review) => answer.setHeader('content-type', 'application/json').end(JSON.stringify(allow(review as AdmissionReview))),
      () => answer.writeHead(400).end(),
    )
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as AddressInfo
  const url = `https://127.0.0.1:${port}${fakeAdmissionPath}`
  const client = { url, caBundle: Buffer.from(endpoint.ca).toString('base64') }
  const agent = new Agent({ keepAlive: true, ca: endpoint.ca, cert: admin.certificate, key: admin.key })
  const change = { answered: (index: number) => replace(index, 'clientConfig', client), 'left-out': leaveOut }[webhooks]
  const standIn = async (resource: string, { metadata: { name }, webhooks: configured = [] }: WebhookConfiguration) => {
    const patch = configured.flatMap((webhook, index) => (hasBackend(webhook) ? [change(index)] : []))
    if (patch.length > 0) await send(agent, 'PATCH', `${endpoint.url}${group}/${resource}/${name}`, JSON.stringify(patch))
  }
  let stopped = false
  const followOnce = async (resource: string) => {
    // A watch without a version begins with everything that is there.
    for await (const line of await watch(agent, `${endpoint.url}${group}/${resource}?watch=true`)) {
      const { type, object }: WatchEvent = JSON.parse(line)
      if (type === 'ADDED' || type === 'MODIFIED') await standIn(resource, object)
    }
  }
  // A test may take the API server away and bring it back.
  const follow = async (resource: string) => {
    while (!stopped) await followOnce(resource).catch(() => sleep(200))
  }
  const followed = Promise.all(resources.map(follow))
  return {
    async stop() {
      stopped = true
      agent.destroy()
      server.closeAllConnections()
      server.close()
      await followed
    },
  }
}

function hasBackend({ clientConfig, matchConditions = [] }: Webhook): boolean {
  return clientConfig.service !== undefined && !matchConditions.some(({ name }) => name === fakeCondition)
}

function leaveOut(index: number): unknown {
  return replace(index, 'matchConditions', [{ name: fakeCondition, expression: 'false' }])
}

function replace(index: number, field: string, value: unknown): unknown {
  return { op: 'add', path: `/webhooks/${index}/${field}`, value }
}

interface AdmissionReview {
  readonly apiVersion: string
  readonly request: { readonly uid: string }
}

function allow({ apiVersion, request: { uid } }: AdmissionReview): unknown {
  return { apiVersion, kind: 'AdmissionReview', response: { uid, allowed: true } }
}

async function watch(agent: Agent, url: string): Promise<AsyncIterable<string>> {
  const asked = request(url, { agent })
  asked.end()
  const [response] = await once(asked, 'response')
  return createInterface({ input: response })
}

async function send(agent: Agent, method: string, url: string, body: string): Promise<void> {
  const asked = request(url, { agent, method, headers: { 'content-type': 'application/json-patch+json' } })
  asked.end(body)
  const [response] = await once(asked, 'response')
  response.resume()
  await once(response, 'end')
  // Somebody may have changed or removed it since: the watch tells.
  if (response.statusCode >= 500) throw new Error(`${method} ${url}: ${response.statusCode}`)
}
