// One service of Meshwright's sample application: plain Node, run from a ConfigMap. With CALLEE it calls that address every
// second, and once for each request that it gets; what it answers says who it is and what the callee said.

import { createServer, get } from 'node:http'

const { NAME = 'sample', VERSION = 'v1', PORT = '8080', CALLEE = '' } = process.env
const everyMs = 1_000
const calleeMs = 900
// So that the spans of one request find each other in whichever tracing the mesh has.
const passedOn = /^(traceparent|tracestate|b3|x-b3-.*|x-request-id)$/

const calls = { answered: 0, failed: 0 }
let lastSaid = ''

const server = createServer(async ({ url, headers }, response) => {
  if (url === '/healthz') return void response.end('ok\n')
  const me = { service: NAME, version: VERSION }
  if (CALLEE === '') return void send(response, 200, me)
  const callee = await ask(Object.fromEntries(Object.entries(headers).filter(([name]) => passedOn.test(name))))
  send(response, 'error' in callee ? 502 : 200, { ...me, callee, calls })
})

server.listen(Number(PORT), () => say(`${NAME} ${VERSION} listens on ${server.address().port}`))
const timer = CALLEE === '' ? undefined : setInterval(() => void ask(), everyMs)

// As the first process of a container it is ended by nothing but this.
process.on('SIGTERM', () => {
  clearInterval(timer)
  server.close()
  setTimeout(() => server.closeAllConnections(), calleeMs).unref()
})

/** What the callee says, or why it says nothing. Each call has a connection of its own, so that all pods of the callee are asked. */
async function ask(headers = {}) {
  const callee = await callOnce(headers).catch((error) => ({ error: error.message || error.code || String(error) }))
  calls['error' in callee ? 'failed' : 'answered']++
  const said = callee.error ?? 'an answer'
  if (said !== lastSaid) say(`${CALLEE}: ${said}`)
  lastSaid = said
  return callee
}

function callOnce(headers) {
  return new Promise((resolve, reject) => {
    const request = get(CALLEE, { agent: false, headers, signal: AbortSignal.timeout(calleeMs) }, async (response) => {
      try {
        const text = (await response.toArray()).join('')
        if (response.statusCode !== 200) throw new Error(`status ${response.statusCode}: ${text.trim().slice(0, 200)}`)
        resolve(JSON.parse(text))
      } catch (error) {
        reject(error)
      }
    })
    request.on('error', reject)
  })
}

function send(response, status, body) {
  response.writeHead(status, { 'content-type': 'application/json' }).end(`${JSON.stringify(body)}\n`)
}

function say(text) {
  process.stdout.write(`${text}\n`)
}
