import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { clusterTest } from './cluster-test.js'
import { requirements } from './requirements.js'

describe('a machine without the test bed', () => {
  let emptyCache: string
  beforeEach(async () => {
    emptyCache = await mkdtemp(join(tmpdir(), 'meshwright-cache-'))
    vi.stubEnv('MESHWRIGHT_TESTBED_CACHE', emptyCache)
  })
  afterEach(async () => {
    vi.unstubAllEnvs()
    await rm(emptyCache, { recursive: true })
  })

  it('is told what is missing and how to get it', () => {
    const missing = { ok: false, missing: 'binaries of keeper, etcd, kubernetes, helm (npm run testbed:build -- --level api)' }
    expect(requirements('api')).toEqual(missing)
  })

  it('is told of Go and of namespaces where they lack', async () => {
    const ask = "import { requirements } from './test/cluster/requirements.ts'; console.log(requirements('node').missing)"
    const { stdout } = await execa(process.execPath, ['--import', 'tsx', '--input-type=module', '--eval', ask], {
      env: { PATH: '/nowhere' },
    })
    expect(stdout).toMatch(/Go 1\.26; .*namespaces \(unshare\)/)
  })

  it('skips a test file once and loudly', () => {
    vi.stubEnv('CI', undefined)
    const said = vi.spyOn(process.stderr, 'write').mockReturnValue(true)
    expect(clusterTest('api', import.meta.url)).not.toBe(describe)
    expect(said.mock.calls).toEqual([[expect.stringMatching(/^SKIPPED test\/cluster\/requirements\.test\.ts: needs binaries of keeper/)]])
  })

  it('fails the test file in CI', () => {
    vi.stubEnv('CI', 'true')
    expect(() => clusterTest('api', import.meta.url)).toThrow(/needs binaries of keeper/)
  })
})
