import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { stringify } from 'yaml'
import { listContexts, loadContext } from '../../../server/kubernetes/kubeconfig-contexts.js'

describe("the contexts of this machine's kubeconfig", () => {
  let folder: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'meshwright-kubeconfig-'))
  })
  afterEach(() => rm(folder, { recursive: true }))

  const write = async (name: string, content: object | string) => {
    const path = join(folder, name)
    await mkdir(join(path, '..'), { recursive: true })
    await writeFile(path, typeof content === 'string' ? content : stringify(content))
    return path
  }
  const entry = (name: string, { cluster = {}, user = {}, current = '' }: { cluster?: object; user?: object; current?: string } = {}) => ({
    clusters: [{ name, cluster: { server: `https://${name}.example`, ...cluster } }],
    users: [{ name, user }],
    contexts: [{ name, context: { cluster: name, user: name } }],
    'current-context': current,
  })

  it('merges files as kubectl does: the first that has a name wins, missing files are skipped', async () => {
    const first = await write('a', { ...entry('one', { user: { token: 'first' } }) })
    const second = await write('b', {
      ...entry('one', { user: { token: 'second' }, current: 'two' }),
      contexts: [
        { name: 'one', context: { cluster: 'one', user: 'one' } },
        { name: 'two', context: { cluster: 'one', user: 'one', namespace: 'n' } },
      ],
    })
    const files = [join(folder, 'missing'), first, second]
    expect(await listContexts({ files })).toEqual([
      { name: 'one', server: 'https://one.example', user: 'one', file: first, current: false, credential: 'token', usable: true },
      {
        name: 'two',
        server: 'https://one.example',
        user: 'one',
        namespace: 'n',
        file: second,
        current: true,
        credential: 'token',
        usable: true,
      },
    ])
    expect((await loadContext({ files, name: 'two' })).auth).toEqual({ kind: 'token', token: 'first' })
  })

  it('shows a broken file as a problem beside the contexts of the others', async () => {
    const broken = await write('broken', 'a: [')
    const good = await write('good', entry('one'))
    const contexts = await listContexts({ files: [broken, good, folder] })
    expect(contexts.map(({ name, file, usable }) => [name, file, usable])).toEqual([
      ['one', good, true],
      ['', broken, false],
      ['', folder, false],
    ])
    expect(contexts[1]?.problem).toMatch(/YAML/)
  })

  it('counts relative paths from the file that they stand in', async () => {
    const clusters = await write('x/clusters', {
      clusters: [{ name: 'c', cluster: { server: 'https://c', 'certificate-authority': 'ca.pem' } }],
    })
    const users = await write('y/users', {
      users: [{ name: 'u', user: { tokenFile: '../token' } }],
      contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
    })
    const credential = await loadContext({ files: [clusters, users], name: 'x' })
    expect(credential).toMatchObject({ caFile: join(folder, 'x/ca.pem'), auth: { kind: 'token-file', path: join(folder, 'token') } })
  })

  it('may use plugins, says which one is missing, and ignores fields that it does not know', async () => {
    const exec = { apiVersion: 'client.authentication.k8s.io/v1', command: 'my-plugin', installHint: 'Get it at example.', futureField: 1 }
    const file = await write('a', entry('one', { user: { exec } }))
    const missing = await listContexts({ files: [file], searchPath: folder })
    expect(missing[0]).toMatchObject({
      credential: 'exec',
      usable: false,
      problem: expect.stringMatching(/my-plugin is not installed.*Get it at/),
    })
    await write('my-plugin', '#!/bin/sh\n')
    await chmod(join(folder, 'my-plugin'), 0o755)
    expect((await listContexts({ files: [file], searchPath: folder }))[0]?.usable).toBe(true)
    expect((await loadContext({ files: [file], name: 'one' })).auth).toMatchObject({
      kind: 'exec',
      command: 'my-plugin',
      interactiveMode: 'IfAvailable',
    })
  })

  it.each([
    ['an auth provider', { 'auth-provider': { name: 'gcp' } }, /removed in 1\.26/],
    ['an exec interface of old', { exec: { apiVersion: 'client.authentication.k8s.io/v1alpha1', command: 'x' } }, /exec\.apiVersion/],
  ])('names why a context with %s is not usable', async (_title, user, problem) => {
    const file = await write('a', entry('one', { user }))
    expect((await listContexts({ files: [file] }))[0]).toMatchObject({ usable: false, problem: expect.stringMatching(problem) })
    await expect(loadContext({ files: [file], name: 'one' })).rejects.toMatchObject({ code: 'invalid-kubeconfig' })
  })

  it('names a context that went away', async () => {
    await expect(loadContext({ files: [await write('a', entry('one'))], name: 'two' })).rejects.toMatchObject({ code: 'not-found' })
  })
})
