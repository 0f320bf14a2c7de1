import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type CliOptions, runCli, startCli } from '../support/run-cli.js'
import { type RunningServer, startServer } from '../support/running-server.js'

// The command as scripts and people use it, against the built server; what needs a cluster is in other files.

const kubeconfig = `apiVersion: v1
kind: Config
current-context: far
contexts: [{name: far, context: {cluster: far, user: far}}]
clusters: [{name: far, cluster: {server: "https://127.0.0.1:9"}}]
users: [{name: far, user: {token: abc}}]
`

describe('meshwright', () => {
  let server: RunningServer
  let folder: string
  const meshwright = (args: string[], options: CliOptions = {}) => runCli(args, { dataDir: server.dataDir, ...options })

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'meshwright-cli-'))
    writeFileSync(join(folder, 'kubeconfig'), kubeconfig)
    server = await startServer({ environment: { KUBECONFIG: join(folder, 'kubeconfig') } })
  })
  afterAll(() => server?.stop())

  it('finds the server of a data folder by itself', async () => {
    const { stdout, exitCode } = await meshwright(['status'])
    expect(exitCode).toBe(0)
    expect(stdout).toContain(`at ${server.url}`)
    expect(stdout).toContain('kubernetes')
  })

  it('prints the REST body unchanged with -o json, and nothing else on stdout', async () => {
    const { stdout, exitCode } = await meshwright(['mesh', 'list', '-o', 'json'])
    expect(exitCode).toBe(0)
    expect(JSON.parse(stdout)).toEqual(await server.get('/api/v1/meshes'))
  })

  it('prints names that other commands take with -o name', async () => {
    const { stdout } = await meshwright(['adapter', 'list', '-o', 'name'])
    expect(stdout.split('\n')).toContain('adapter/kubernetes')
  })

  it('says on stderr that a list is empty, and keeps stdout empty', async () => {
    expect(await meshwright(['operation', 'list'])).toEqual({ stdout: '', stderr: 'No operations yet.\n', exitCode: 0 })
  })

  it('lists the contexts of this machine without dialling them', async () => {
    const { stdout, exitCode } = await meshwright(['cluster', 'contexts'])
    expect(exitCode).toBe(0)
    expect(stdout).toMatch(/\*\s+far\s+https:\/\/127\.0\.0\.1:9\s+token\s+yes/)
  })

  it('adds, checks and removes a cluster that cannot be reached, and says why and what to do', async () => {
    expect((await meshwright(['cluster', 'add', 'far', '--context', 'far'])).exitCode).toBe(0)
    const check = await meshwright(['cluster', 'check'])
    expect(check.exitCode).toBe(1)
    expect(check.stdout).toMatch(/× reach .*\n {4}why: .*\n {4}do this: /)
    expect(check.stdout).toMatch(/Status check results of far are ×\n$/)
    const removed = await meshwright(['cluster', 'remove', 'far', '--yes'])
    expect(removed.exitCode).toBe(0)
    expect(await server.get('/api/v1/clusters')).toMatchObject({ items: [] })
  })

  it('uploads a kubeconfig from stdin', async () => {
    const added = await meshwright(['cluster', 'add', 'piped', '--kubeconfig', '-', '-o', 'name'], { stdin: kubeconfig })
    expect(added).toMatchObject({ stdout: 'cluster/piped\n', exitCode: 0 })
    expect((await meshwright(['cluster', 'remove', 'piped', '-y'])).exitCode).toBe(0)
  })

  it('never asks without a terminal: it names the flag that says yes', async () => {
    await meshwright(['cluster', 'add', 'asked', '--context', 'far'])
    const { stderr, exitCode } = await meshwright(['cluster', 'remove', 'asked'])
    expect(exitCode).toBe(2)
    expect(stderr).toContain('--yes')
    expect((await meshwright(['cluster', 'remove', 'asked', '-y'])).exitCode).toBe(0)
  })

  it.each([
    ['a broken kubeconfig', ['cluster', 'add', 'x', '--kubeconfig', '-'], 'contexts: ['],
    ['a cluster that is not there', ['cluster', 'check', 'nowhere'], ''],
    ['a context that is not there', ['cluster', 'add', 'x', '--context', 'nowhere'], ''],
    ['a mesh that is not there', ['mesh', 'versions', 'nowhere'], ''],
  ])('tells %s as what and do this, without a stack', async (_what, args, stdin) => {
    const { stdout, stderr, exitCode } = await meshwright(args, { stdin })
    expect(exitCode).toBeGreaterThan(0)
    expect(stdout).toBe('')
    expect(stderr).toMatch(/^\S.*\.\n(?:.*\n)* {2}do this: /)
    expect(stderr).not.toMatch(/\n\s+at /)
  })

  it.each([
    [['nonsense']],
    [['cluster', 'nonsense']],
    [['cluster', 'list', '-o', 'xml']],
    [['cluster', 'add', 'x']],
    [['mesh', 'plan']],
    [['mesh', 'plan', 'kubernetes', '--set', 'nonsense']],
    [['operation', 'watch', 'x', '--timeout', 'soon']],
    [['status', '--server', 'nonsense']],
  ])('exits 2 when called wrongly: %j', async (args) => {
    expect((await meshwright(args)).exitCode).toBe(2)
  })

  it('exits 1 and says how to start a server when none answers', async () => {
    const { stderr, exitCode } = await meshwright(['status', '--server', 'http://127.0.0.1:9'])
    expect(exitCode).toBe(1)
    expect(stderr).toMatch(/No Meshwright server answers at http:\/\/127\.0\.0\.1:9\./)
    expect(stderr).toContain('meshwright server')
  })

  it('exits 1 and names the data folder when there is no token', async () => {
    const { stderr, exitCode } = await meshwright(['status'], { dataDir: folder })
    expect(exitCode).toBe(1)
    expect(stderr).toContain(folder)
  })

  it('prints the address of the page with a code that works once', async () => {
    const { stdout } = await meshwright(['open'])
    const [, code] = /#code=(.+)\n$/.exec(stdout) ?? []
    expect((await server.call('POST', '/api/v1/session', { code })).status).toBe(201)
    expect((await server.call('POST', '/api/v1/session', { code })).status).toBe(401)
  })

  it('has no colours in a pipe', async () => {
    expect((await meshwright(['status'])).stdout).not.toContain('\u001b')
  })

  it('follows events as they happen, one JSON object a line', async () => {
    const follower = startCli(['events', '-f', '-o', 'json', '--kind', 'cluster.added'], { dataDir: server.dataDir })
    await meshwright(['cluster', 'add', 'followed', '--context', 'far'])
    let printed = ''
    for await (const chunk of follower.stdout) {
      printed += chunk
      if (printed.includes('followed')) break
    }
    follower.kill()
    const events = printed
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(events.at(-1)).toMatchObject({ kind: 'cluster.added' })
    await meshwright(['cluster', 'remove', 'followed', '-y'])
  })
})

describe('meshwright server', () => {
  it('runs the server in its own process, and ends with it', async () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'meshwright-cli-'))
    const child = startCli(['server', '--port', '0', '--json', '--data-dir', dataDir])
    let line = ''
    for await (const chunk of child.stdout) {
      line += chunk
      if (line.includes('\n')) break
    }
    expect(JSON.parse(line)).toMatchObject({ pid: child.pid, dataDir })
    expect((await runCli(['cluster', 'list', '-o', 'json'], { dataDir })).exitCode).toBe(0)
    const ended = new Promise((resolve) => child.on('exit', resolve))
    child.kill('SIGTERM')
    expect(await ended).toBe(0)
  })
})
