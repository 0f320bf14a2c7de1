import { chmod, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { issueCertificate } from '../../../certificates/certificate-authority.js'
import type { KubeConnection } from '../../../kube/connection.js'
import { kubeRequest } from '../../../kube/kube-client.js'
import type { ClusterCredential } from '../../../server/kubernetes/cluster-credential.js'
import { type ConnectOptions, connectCluster } from '../../../server/kubernetes/connect-cluster.js'
import { explainKubeFailure } from '../../../server/kubernetes/kube-problem.js'
import { type ScriptedApi, sendJson, sendStatus, startScriptedApi } from '../../support/kubernetes/scripted-api.js'

describe('a connection to a cluster', () => {
  let folder: string
  let api: ScriptedApi
  const open: { close(): Promise<unknown> }[] = []

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'meshwright-connect-'))
    api = await startScriptedApi((_request, response) => sendJson(response, { ok: true }), {
      asksCertificate: true,
      names: ['api.internal'],
    })
    open.push(api)
  })
  afterEach(async () => {
    vi.useRealTimers()
    for (const one of open.splice(0).reverse()) await one.close()
    await rm(folder, { recursive: true })
  })

  const connectTo = (fields: Partial<ClusterCredential> = {}, options?: ConnectOptions): KubeConnection => {
    const connection = connectCluster({ server: api.url, ca: api.ca, auth: { kind: 'none' }, ...fields }, options)
    open.push(connection)
    return connection
  }
  const ask = (connection: KubeConnection, path = '/version') => kubeRequest<{ ok: boolean }>(connection, { path, timeoutMs: 5000 })
  const failureOf = (connection: KubeConnection) =>
    ask(connection).then(
      () => undefined,
      (error: unknown) => explainKubeFailure(error, { cluster: 'test' }),
    )
  const last = () => api.seen.at(-1)

  it('goes below the path of the server, as Rancher and Teleport need it', async () => {
    await ask(connectTo({ server: `${api.url}/k8s/clusters/c-1` }))
    expect(last()?.path).toBe('/k8s/clusters/c-1/version')
  })

  it.each([
    [{ kind: 'token', token: 'abc' }, 'Bearer abc'],
    [{ kind: 'basic', username: 'a', password: 'b' }, `Basic ${Buffer.from('a:b').toString('base64')}`],
    [{ kind: 'none' }, undefined],
  ] as const)('sends %j as its header', async (auth, header) => {
    await ask(connectTo({ auth }))
    expect(last()?.headers.authorization).toBe(header)
  })

  it('acts as the user that the kubeconfig names', async () => {
    await ask(connectTo({ impersonate: { user: 'dora', groups: ['team', 'crew'], uid: '7', extra: { 'Example.com/Reason': ['plan'] } } }))
    expect(last()?.headers).toMatchObject({
      'impersonate-user': 'dora',
      'impersonate-group': 'team, crew',
      'impersonate-uid': '7',
      'impersonate-extra-example.com%2freason': 'plan',
    })
  })

  it('asks for tls-server-name and checks the certificate against it', async () => {
    await ask(connectTo({ tlsServerName: 'api.internal' }))
    expect(last()?.serverName).toBe('api.internal')
    expect(await failureOf(connectTo({ tlsServerName: 'other.internal' }))).toMatchObject({
      code: 'cluster-unreachable',
      details: { cause: expect.stringContaining('for other names') },
    })
  })

  it('trusts only the authority of the kubeconfig, unless it says to skip', async () => {
    const { ca: _, ...withoutCa } = { server: api.url, ca: '', auth: { kind: 'none' as const } }
    const untrusting = connectCluster(withoutCa)
    open.push(untrusting)
    expect(await failureOf(untrusting)).toMatchObject({
      code: 'cluster-unreachable',
      details: { cause: expect.stringContaining('not trusted') },
    })
    const skipping = connectCluster({ ...withoutCa, insecureSkipTlsVerify: true })
    open.push(skipping)
    expect(await ask(skipping)).toEqual({ ok: true })
  })

  it('shows a client certificate', async () => {
    const leaf = await issueCertificate(api.authority, { commonName: 'dora', dnsNames: [], ipAddresses: [], usage: 'client' })
    await ask(connectTo({ auth: { kind: 'certificate', ...leaf } }))
    expect(last()?.clientName).toBe('dora')
  })

  it('shows a client certificate that a plugin gave, and runs the plugin once for many requests', async () => {
    const leaf = await issueCertificate(api.authority, { commonName: 'from-plugin', dnsNames: [], ipAddresses: [], usage: 'client' })
    const status = { clientCertificateData: leaf.cert, clientKeyData: leaf.key }
    const connection = connectTo({ auth: await plugin(status) })
    await Promise.all(Array.from({ length: 5 }, () => ask(connection)))
    expect(api.seen.map(({ clientName }) => clientName)).toEqual(Array(5).fill('from-plugin'))
    expect(await readFile(join(folder, 'runs'), 'utf8')).toBe('x')
  })

  it('runs the plugin again when its credential ends', async () => {
    const soon = new Date(Date.now() + 5_000).toISOString()
    const connection = connectTo({ auth: await plugin({ token: 't', expirationTimestamp: soon }) })
    await ask(connection)
    await ask(connection)
    expect(await readFile(join(folder, 'runs'), 'utf8')).toBe('xx')
  })

  it('runs the plugin again after a 401, but not in a storm', async () => {
    await api.close()
    let accepted = 'old'
    api = await startScriptedApi((request, response) =>
      request.headers.authorization === `Bearer ${accepted}` ? sendJson(response, { ok: true }) : sendStatus(response, 401, 'Unauthorized'),
    )
    open.push(api)
    const connection = connectTo({ auth: await plugin({ token: 'old' }) })
    await ask(connection)
    accepted = 'new'
    await plugin({ token: 'new' })
    expect(await ask(connection)).toEqual({ ok: true })
    accepted = 'nothing any more'
    for (let n = 0; n < 4; n++) expect(await failureOf(connection)).toMatchObject({ code: 'cluster-unauthorised' })
    expect(await readFile(join(folder, 'runs'), 'utf8')).toBe('xx')
  })

  it('reads a rotated token file at once after a 401, and each minute without one', async () => {
    const path = join(folder, 'token')
    await writeFile(path, 'one\n')
    const connection = connectTo({ auth: { kind: 'token-file', path } })
    await ask(connection)
    await writeFile(path, 'two\n')
    await ask(connection)
    expect(api.seen.map(({ headers }) => headers.authorization)).toEqual(['Bearer one', 'Bearer one'])
    expect(await connection.refresh()).toBe(true)
    await ask(connection)
    expect(last()?.headers.authorization).toBe('Bearer two')
    vi.useFakeTimers({ toFake: ['Date'] })
    await writeFile(path, 'three\n')
    vi.setSystemTime(Date.now() + 61_000)
    expect(await connection.headers()).toEqual({ authorization: 'Bearer three' })
  })

  it('uses rotated certificate files without a restart', async () => {
    const write = async (commonName: string) => {
      const leaf = await issueCertificate(api.authority, { commonName, dnsNames: [], ipAddresses: [], usage: 'client' })
      for (const part of ['cert', 'key'] as const) {
        await writeFile(join(folder, `${part}.new`), leaf[part])
        await rename(join(folder, `${part}.new`), join(folder, part))
      }
    }
    await write('first')
    const connection = connectTo({ auth: { kind: 'certificate-files', cert: join(folder, 'cert'), key: join(folder, 'key') } })
    await ask(connection)
    await write('second')
    vi.useFakeTimers({ toFake: ['Date'] })
    vi.setSystemTime(Date.now() + 61_000)
    await ask(connection)
    expect(api.seen.map(({ clientName }) => clientName)).toEqual(['first', 'second'])
  })

  it('names a file that went away', async () => {
    const failure = await failureOf(connectTo({ auth: { kind: 'token-file', path: join(folder, 'none') } }))
    expect(failure).toMatchObject({ code: 'cluster-unauthorised', details: { cause: 'tokenFile: ENOENT.' } })
  })

  describe('through a proxy', () => {
    let proxy: { url: string; tunnels: string[]; server: Server }
    beforeEach(async () => {
      proxy = await startProxy()
      open.push({ close: () => new Promise((resolve) => proxy.server.close(resolve)) })
    })

    it('goes by proxy-url, even to loopback and against NO_PROXY', async () => {
      await ask(connectTo({ proxyUrl: proxy.url, tlsServerName: 'api.internal' }, { noProxy: '*' }))
      expect(proxy.tunnels).toEqual([new URL(api.url).host])
      expect(last()?.serverName).toBe('api.internal')
    })

    it('goes by HTTPS_PROXY to what is neither loopback nor in NO_PROXY', async () => {
      await failureOf(connectTo({ server: 'https://cluster.invalid:6443' }, { httpsProxy: proxy.url }))
      await ask(connectTo({}, { httpsProxy: proxy.url }))
      await failureOf(connectTo({ server: 'https://cluster.invalid:6443' }, { httpsProxy: proxy.url, noProxy: '.invalid' }))
      expect(proxy.tunnels).toEqual(['cluster.invalid:6443'])
    })

    it('says when it is the proxy that refuses', async () => {
      const failure = await failureOf(connectTo({ server: 'https://cluster.invalid:6443', proxyUrl: proxy.url }))
      expect(failure).toMatchObject({ code: 'cluster-unreachable', details: { cause: expect.stringContaining('proxy') } })
    })
  })

  // Appends an x for each run.
  async function plugin(status: object): Promise<ClusterCredential['auth']> {
    const apiVersion = 'client.authentication.k8s.io/v1'
    const command = join(folder, 'plugin')
    const answer = JSON.stringify({ apiVersion, kind: 'ExecCredential', status })
    await writeFile(join(folder, 'answer'), answer)
    await writeFile(command, `#!/bin/sh\nprintf x >> ${folder}/runs; cat ${folder}/answer\n`)
    await chmod(command, 0o755)
    return { kind: 'exec', apiVersion, command, args: [], env: [], interactiveMode: 'Never', provideClusterInfo: false }
  }
})

async function startProxy() {
  const tunnels: string[] = []
  const server = createServer()
  server.on('connect', (request, socket) => {
    const target = request.url ?? ''
    tunnels.push(target)
    if (target.includes('.invalid')) {
      socket.end('HTTP/1.1 403 Forbidden\r\n\r\n')
      return
    }
    const { hostname, port } = new URL(`http://${target}`)
    const upstream = connect(Number(port), hostname, () => {
      socket.write('HTTP/1.1 200 Connection Established\r\n\r\n')
      upstream.pipe(socket).pipe(upstream)
    })
    upstream.on('error', () => socket.destroy())
    socket.on('error', () => upstream.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  return { url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`, tunnels, server }
}
