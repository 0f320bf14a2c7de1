import type { IncomingHttpHeaders } from 'node:http'
import { request } from 'node:https'
import { connect } from 'node:tls'

export interface RawRequest {
  method?: string
  /** Sent exactly as it stands. */
  path: string
  headers?: Record<string, string | string[]>
  body?: string | Buffer
}

export interface RawAnswer {
  status: number
  headers: IncomingHttpHeaders
  text: string
  /** The message of a Kubernetes Status, else empty. */
  message: string
}

interface Target {
  url: string
  ca: string
  token?: string
}

/** A request without a client library's good manners: nothing is normalised, escaped or added but the token. */
export function rawRequest({ url, ca, token }: Target, { method = 'GET', path, headers = {}, body }: RawRequest): Promise<RawAnswer> {
  const { hostname, port } = new URL(url)
  return new Promise((resolve, reject) => {
    const authorization: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` }
    // Node frames the bodies of DELETE only when told to.
    const framing: Record<string, string> =
      body === undefined || 'transfer-encoding' in headers ? {} : { 'content-length': String(Buffer.byteLength(body)) }
    const sent = request(
      { hostname, port, ca, path, method, agent: false, headers: { ...authorization, ...framing, ...headers } },
      (answer) => {
        const chunks: Buffer[] = []
        answer.on('data', (chunk: Buffer) => chunks.push(chunk))
        answer.on('error', reject)
        answer.on('end', () => {
          const text = Buffer.concat(chunks).toString()
          resolve({ status: answer.statusCode ?? 0, headers: answer.headers, text, message: messageOf(text) })
        })
      },
    )
    sent.on('error', reject)
    sent.on('upgrade', () => reject(new Error('the connection was upgraded')))
    sent.end(body)
  })
}

/** Writes text on a TLS connection and answers all that comes back until the other side closes. */
export function rawExchange({ url, ca }: Target, text: string): Promise<string> {
  const { hostname, port } = new URL(url)
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    const socket = connect({ host: hostname, port: Number(port), ca }, () => socket.write(text))
    socket.on('data', (chunk: Buffer) => chunks.push(chunk))
    socket.on('error', reject)
    socket.on('close', () => resolve(Buffer.concat(chunks).toString()))
  })
}

function messageOf(text: string): string {
  return text.startsWith('{') ? String(JSON.parse(text).message ?? '') : ''
}
