import { Agent, request } from 'node:https'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Identity } from './cluster-pki.js'
import type { ApiEndpoint } from './kubeconfig.js'

/** Reads from an API server that may still be starting: a refused connection is an answer like any other. */
export interface ApiReader {
  /** Asks until the answer is a 200 whose text matches; rejects after 90 s. */
  until(path: string, pattern: RegExp): Promise<void>
  close(): void
}

const pollMs = 25
const requestTimeoutMs = 2000
const startTimeoutMs = 90_000

export function openApiReader(endpoint: ApiEndpoint, identity: Identity): ApiReader {
  const agent = new Agent({ keepAlive: true, ca: endpoint.ca, cert: identity.certificate, key: identity.key })
  let closed = false
  return {
    async until(path, pattern) {
      const deadline = Date.now() + startTimeoutMs
      let last: string | undefined
      while (Date.now() < deadline && !closed) {
        last = await getText(agent, `${endpoint.url}${path}`)
        if (last !== undefined && pattern.test(last)) return
        await sleep(pollMs)
      }
      throw new Error(`${path} did not match ${pattern} within ${startTimeoutMs} ms; its last answer: ${last ?? 'none'}`)
    },
    close() {
      closed = true
      agent.destroy()
    },
  }
}

function getText(agent: Agent, url: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const nothing = () => resolve(undefined)
    const asked = request(url, { agent, timeout: requestTimeoutMs }, (response) => {
      let text = ''
      response.setEncoding('utf8')
      response.on('data', (chunk: string) => {
        text += chunk
      })
      response.on('error', nothing)
      response.on('end', () => resolve(response.statusCode === 200 ? text : undefined))
    })
    asked.on('error', nothing)
    asked.on('timeout', () => asked.destroy())
    asked.end()
  })
}
