import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createInterface } from 'node:readline'
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { Body } from '../cluster/contract/contract-client.js'

const script = 'adapters/runtime/sample/sample-app.mjs'

interface Running {
  child: ChildProcess
  url: string
  lines: string[]
}

describe('The program of the sample application', () => {
  const running: ChildProcess[] = []
  afterEach(async () => {
    await Promise.all(running.splice(0).map(end))
  })

  const start = async (environment: Record<string, string>): Promise<Running> => {
    const child = spawn(process.execPath, [script], { env: { PORT: '0', ...environment }, stdio: ['ignore', 'pipe', 'inherit'] })
    running.push(child)
    const lines: string[] = []
    const reader = createInterface({ input: child.stdout })
    reader.on('line', (line) => lines.push(line))
    const [first] = await once(reader, 'line')
    return { child, lines, url: `http://127.0.0.1:${/listens on (\d+)$/.exec(String(first))?.[1]}/` }
  }
  const ask = async (url: string): Promise<{ status: number; body: Body }> => {
    const response = await fetch(url)
    return { status: response.status, body: (await response.json()) as Body }
  }

  it('says who it is, and what the callee said', async () => {
    const callee = await start({ NAME: 'callee', VERSION: 'v2' })
    const caller = await start({ NAME: 'caller', CALLEE: callee.url })
    expect(await ask(callee.url)).toEqual({ status: 200, body: { service: 'callee', version: 'v2' } })
    const { status, body } = await ask(caller.url)
    expect([status, body]).toMatchObject([200, { service: 'caller', version: 'v1', callee: { service: 'callee', version: 'v2' } }])
    expect(body.calls).toMatchObject({ failed: 0 })
  })

  it('calls again and again by itself', async () => {
    const callee = await startCallee((answer) => answer.end('{}'))
    await start({ CALLEE: callee.url })
    await vi.waitFor(() => expect(callee.asked.length).toBeGreaterThan(2), { timeout: 20_000, interval: 200 })
    callee.close()
  })

  it('says that the callee does not answer, stays ready itself, and says when it is back', async () => {
    const callee = await start({ NAME: 'callee' })
    const caller = await start({ NAME: 'caller', CALLEE: callee.url })
    expect((await ask(caller.url)).status).toBe(200)
    await end(callee.child)
    const { status, body } = await ask(caller.url)
    expect([status, body]).toMatchObject([502, { service: 'caller', callee: { error: expect.stringContaining('ECONNREFUSED') } }])
    expect(body.calls.failed).toBeGreaterThan(0)
    expect((await fetch(`${caller.url}healthz`)).status).toBe(200)
    await start({ NAME: 'callee', PORT: new URL(callee.url).port })
    await vi.waitFor(() => expect(caller.lines.at(-1)).toBe(`${callee.url}: an answer`), { timeout: 20_000, interval: 200 })
    expect(caller.lines).toHaveLength(4)
  })

  it('takes an answer that is no success, or none in time, for none', async () => {
    const refusing = await startCallee((answer) => answer.writeHead(403).end('RBAC: access denied'))
    expect((await ask((await start({ CALLEE: refusing.url })).url)).body.callee).toEqual({ error: 'status 403: RBAC: access denied' })
    const silent = await startCallee(() => undefined)
    expect((await ask((await start({ CALLEE: silent.url })).url)).body.callee.error).toMatch(/abort|timeout/i)
    for (const { close } of [refusing, silent]) close()
  })

  it('passes on what tracing needs, and no other header', async () => {
    const callee = await startCallee((answer) => answer.end('{}'))
    const caller = await start({ CALLEE: callee.url })
    const headers = { traceparent: '00-a-b-01', 'x-b3-traceid': 'c', 'x-request-id': 'd', authorization: 'Bearer e' }
    await fetch(caller.url, { headers })
    const passed = callee.asked.find(({ traceparent }) => traceparent !== undefined)
    expect(passed).toMatchObject({ traceparent: '00-a-b-01', 'x-b3-traceid': 'c', 'x-request-id': 'd' })
    expect(passed).not.toHaveProperty('authorization')
    callee.close()
  })

  it('ends by itself on SIGTERM, with connections that are kept open', async () => {
    const callee = await start({ NAME: 'callee' })
    const caller = await start({ NAME: 'caller', CALLEE: callee.url })
    await ask(caller.url)
    for (const { child } of [caller, callee]) {
      const gone = once(child, 'exit')
      child.kill('SIGTERM')
      expect(await gone).toEqual([0, null])
    }
  })
})

/** A callee of the test's own, and the headers of what it was asked. */
async function startCallee(
  answer: (response: { writeHead: (status: number) => { end: (text: string) => void }; end: (text: string) => void }) => void,
) {
  const asked: IncomingHttpHeaders[] = []
  const server = createServer(({ headers }, response) => {
    asked.push(headers)
    answer(response)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const close = () => {
    server.close()
    server.closeAllConnections()
  }
  return { url: `http://127.0.0.1:${port}/`, asked, close }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = once(child, 'exit')
  child.kill('SIGKILL')
  await gone
}
