import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { ChartSourceOptions } from '../../adapters/runtime/chart-indexes.js'
import { openChartSource } from '../../adapters/runtime/chart-source.js'

const bytes = Buffer.from('a chart package')
const digest = createHash('sha256').update(bytes).digest('hex')
const signal = new AbortController().signal
const wanted = { chart: 'base', version: '1.0.0', repository: '', digest: '' }

describe('Charts are taken from a mirror or a repository, and checked', () => {
  let folder: string
  let mirror: string
  let asked: string[]

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'mw-charts-'))
    mirror = join(folder, 'mirror')
    asked = []
    await mkdir(mirror)
  })
  afterEach(() => rm(folder, { recursive: true }))

  const index = (entry: object) => JSON.stringify({ apiVersion: 'v1', entries: { base: [{ version: '1.0.0', digest, ...entry }] } })
  const source = (more: Partial<ChartSourceOptions> = {}) =>
    openChartSource({
      mirror: '',
      offline: false,
      cacheDir: join(folder, 'cache'),
      download: async (url) => {
        asked.push(url.href)
        return url.pathname.endsWith('index.yaml') ? Buffer.from(index({ urls: ['base-1.0.0.tgz'] })) : bytes
      },
      ...more,
    })
  const fillMirror = async (entry: object, name = 'base-1.0.0.tgz') => {
    await writeFile(join(mirror, 'index.yaml'), index(entry))
    await writeFile(join(mirror, name), bytes)
  }

  it('takes a package of the mirror whose digest is the one of the index', async () => {
    await fillMirror({ urls: ['base-1.0.0.tgz'] })
    const found = await source({ mirror }).find(wanted, signal)
    expect(found).toMatchObject({ chart: 'base', version: '1.0.0', digest })
    expect(await readFile(found.file)).toEqual(bytes)
    expect(asked).toEqual([])
  })

  it('refuses a package that is not the one of the index', async () => {
    await fillMirror({ urls: ['base-1.0.0.tgz'], digest: 'f'.repeat(64) })
    await expect(source({ mirror }).find(wanted, signal)).rejects.toMatchObject({ code: 'chart-digest-mismatch' })
  })

  it('refuses a package that is not the one of the catalogue, whatever the index says', async () => {
    await fillMirror({ urls: ['base-1.0.0.tgz'] })
    const other = { ...wanted, digest: 'e'.repeat(64) }
    await expect(source({ mirror }).find(other, signal)).rejects.toMatchObject({ code: 'chart-digest-mismatch' })
  })

  it('reads no file outside of the mirror', async () => {
    await fillMirror({ urls: ['../../outside.tgz'] })
    await writeFile(join(folder, 'outside.tgz'), bytes)
    await expect(source({ mirror }).find(wanted, signal)).rejects.toMatchObject({ code: 'chart-not-found' })
  })

  it('uses no entry without a digest', async () => {
    await fillMirror({ urls: ['base-1.0.0.tgz'], digest: undefined })
    await expect(source({ mirror }).find(wanted, signal)).rejects.toMatchObject({ code: 'chart-not-found' })
  })

  it('says that the mirror cannot be read, and how it should look', async () => {
    const refused = source({ mirror: join(folder, 'nowhere') }).find(wanted, signal)
    await expect(refused).rejects.toMatchObject({ code: 'chart-not-found', details: { remedy: expect.stringContaining('index.yaml') } })
  })

  it('downloads from the repository what the mirror lacks, and only once', async () => {
    const remote = { ...wanted, repository: 'https://charts.example/istio' }
    const first = await source().find(remote, signal)
    expect(await readFile(first.file)).toEqual(bytes)
    await source().find(remote, signal)
    const index = 'https://charts.example/istio/index.yaml'
    expect(asked).toEqual([index, 'https://charts.example/istio/base-1.0.0.tgz', index])
  })

  it("names the package so that a person's own helm finds the same one: never by its bare name, which helm takes for a path", async () => {
    await fillMirror({ urls: ['base-1.0.0.tgz'] })
    expect(await source({ mirror }).find(wanted, signal)).toMatchObject({ reference: join(mirror, 'base-1.0.0.tgz') })
    const remote = { ...wanted, repository: 'https://charts.example/istio' }
    const reference = 'base --repo https://charts.example/istio --version 1.0.0'
    expect(await source().find(remote, signal)).toMatchObject({ reference })
    expect(await source({ offline: true }).find(remote, signal)).toMatchObject({ reference })
  })

  it('quotes the path of a mirror for the shell', async () => {
    mirror = join(folder, "the team's charts")
    await mkdir(mirror)
    await fillMirror({ urls: ['base-1.0.0.tgz'] })
    const { reference } = await source({ mirror }).find(wanted, signal)
    expect(execFileSync('/bin/sh', ['-c', `printf %s ${reference}`]).toString()).toBe(join(mirror, 'base-1.0.0.tgz'))
  })

  it('does without the network when offline, from what was downloaded before', async () => {
    const remote = { ...wanted, repository: 'https://charts.example/istio' }
    await expect(source({ offline: true }).find(remote, signal)).rejects.toMatchObject({ code: 'chart-not-found' })
    expect(asked).toEqual([])
    await source().find(remote, signal)
    asked = []
    expect(await source({ offline: true }).find(remote, signal)).toMatchObject({ digest })
    expect(asked).toEqual([])
  })

  it('lists what the repository has now when it is asked to look, and otherwise what it had then', async () => {
    const wantedCharts = { charts: ['base', 'other'], repository: 'https://charts.example/istio' }
    expect(await source().list(wantedCharts)).toEqual(new Map(Object.entries({ base: [], other: [] })))
    expect(asked).toEqual([])
    const listed = { version: '1.0.0', kubeVersion: '', appVersion: '', createdOn: '' }
    expect((await source().list(wantedCharts, signal)).get('base')).toEqual([listed])
    expect(asked).toEqual(['https://charts.example/istio/index.yaml'])
    expect((await source({ offline: true }).list(wantedCharts)).get('base')).toEqual([listed])
    expect(asked).toHaveLength(1)
  })

  it('lists a mirror, and says what is missing when there is nowhere to look', async () => {
    await fillMirror({ urls: ['base-1.0.0.tgz'], created: '2026-07-16T10:00:00Z', kubeVersion: '>=1.32.0-0' })
    const listed = await source({ mirror, offline: true }).list({ charts: ['base'], repository: '' }, signal)
    expect(listed.get('base')).toEqual([{ version: '1.0.0', kubeVersion: '>=1.32.0-0', appVersion: '', createdOn: '2026-07-16' }])
    const refused = source({ offline: true }).list({ charts: ['base'], repository: 'https://charts.example' }, signal)
    await expect(refused).rejects.toMatchObject({ code: 'chart-not-found', details: { remedy: expect.stringContaining('MIRROR') } })
  })

  it('lists nothing that it would not install: an entry without a digest', async () => {
    await fillMirror({ urls: ['base-1.0.0.tgz'], digest: undefined })
    expect((await source({ mirror }).list({ charts: ['base'], repository: '' })).get('base')).toEqual([])
  })

  it.each(['<html>sign in</html>', 'entries: [', '{"entries": 3}'])('says that an index is none: %s', async (text) => {
    await writeFile(join(mirror, 'index.yaml'), text)
    const unreadable = { code: 'chart-not-found', message: 'The list of charts of the chart mirror cannot be understood.' }
    await expect(source({ mirror }).list({ charts: ['base'], repository: '' })).rejects.toMatchObject(unreadable)
    const repository = 'https://charts.example/istio'
    const remote = source({ download: async () => Buffer.from(text) })
    await expect(remote.list({ charts: ['base'], repository }, signal)).rejects.toMatchObject({ code: 'chart-not-found' })
    // Nothing of it is kept: the next look without a network finds no list.
    expect((await source({ offline: true }).list({ charts: ['base'], repository })).get('base')).toEqual([])
  })
})
