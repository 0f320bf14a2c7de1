import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runCli } from '../support/run-cli.js'
import { type RunningServer, startServer } from '../support/running-server.js'

// What the command says, against the built server and a simulated cluster: true, once, and in one sentence.

describe('what meshwright says', () => {
  let server: RunningServer
  let folder: string
  const meshwright = (...args: string[]) => runCli(args, { dataDir: server.dataDir })

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'meshwright-cli-'))
    server = await startServer()
    await meshwright('cluster', 'add', 'play', '--scene', 'three-meshes')
  })
  afterAll(() => server?.stop())

  it('names the cluster of each installation', async () => {
    await expect
      .poll(async () => (await meshwright('status')).stdout, { timeout: 8_000 })
      .toMatch(/MESH +CLUSTER .*\n.*\(simulated\) +play /)
  })

  it('prints the names of installations with status -o name', async () => {
    await expect.poll(async () => (await meshwright('status', '-o', 'name')).stdout, { timeout: 8_000 }).toMatch(/^(installation\/\S+\n)+$/)
  })

  it('says of a mesh that is only found that it is not installed yet, and what it offers all the same', async () => {
    const { stderr } = await meshwright('mesh', 'plan', 'osm', '--cluster', 'play')
    expect(stderr).toContain('Meshwright finds this mesh and does not install it yet.')
    expect(stderr).toContain('It offers: join, leave, install-sample, remove-sample.')
  })

  it.each(['check', 'reset', 'remove'])('names no flag that cluster %s does not have', async (verb) => {
    const { stderr } = await meshwright('cluster', verb, 'nope')
    expect(stderr).toContain('There is no cluster nope.')
    expect(stderr).not.toContain('--cluster')
  })

  it.each([
    ['a list', '- 1\n', /why: +It holds a list, and a values file holds a mapping\.\n {2}do this/],
    ['broken YAML', 'a: 1\nb: [1\n', /why: +[^\n]* at line \d+, column \d+\.\n {2}do this/],
  ])('says in one sentence what is wrong with values that are %s', async (_what, text, why) => {
    const file = join(folder, 'values.yaml')
    writeFileSync(file, text)
    const { stderr, exitCode } = await meshwright('mesh', 'plan', 'istio', '--cluster', 'play', '--values', `istiod=${file}`)
    expect(exitCode).toBe(2)
    expect(stderr).toContain(`${file} does not hold helm values.`)
    expect(stderr).toMatch(why)
  })

  it('says each fault of a call once', async () => {
    const { stderr } = await meshwright('mesh', 'plan', 'istio', '--cluster', 'play', '-n', 'Bad_NS')
    expect(stderr.split('must be lower-case')).toHaveLength(2)
    expect((await meshwright('operation', 'cancel', 'x')).stderr.split(':id')).toHaveLength(2)
  })

  it('names the scenes when a simulated cluster is to begin with another', async () => {
    const { body } = await server.call('POST', '/api/v1/clusters', { name: 'x', sandbox: { scene: 'moon' } })
    expect(JSON.stringify(body)).toMatch(/\/sandbox\/scene.*applications.*three-meshes.*empty/)
  })

  it('quotes a name for the shell in the command to run next', async () => {
    const { stderr } = await meshwright('cluster', 'add', "bob's lab", '--scene', 'empty')
    expect(stderr).toContain("meshwright cluster check 'bob'\\''s lab'\n")
    await meshwright('cluster', 'remove', "bob's lab", '-y')
  })

  it('says what becomes of a simulated cluster, and that nothing was removed or reset without a yes; wraps the hint of an empty list', async () => {
    expect((await meshwright('cluster', 'reset', 'play')).stderr).toMatch(/^Nothing was reset\.\n/)
    expect((await meshwright('cluster', 'remove', 'play')).stderr).toMatch(/^Nothing was removed\.\n/)
    const { stderr } = await meshwright('cluster', 'remove', 'play', '-y')
    expect(stderr).toBe('Cluster play is forgotten, and everything in it is thrown away.\n')
    const hint = (await meshwright('cluster', 'list')).stderr.split('\n')
    expect(Math.max(...hint.map((line) => line.length))).toBeLessThanOrEqual(100)
  })
})
