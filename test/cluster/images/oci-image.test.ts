import { createHash } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { extract, list } from 'tar'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { directory, file, layerOf, link, text } from './image-layer.js'
import { writeImage } from './oci-image.js'

const longPath = `/opt/${'folder/'.repeat(20)}name`

describe('an image made from host files', () => {
  let folder: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'meshwright-image-'))
    await writeFile(join(folder, 'binary'), 'x'.repeat(1300))
    await make('first.tar')
    await extract({ file: join(folder, 'first.tar'), cwd: folder })
  })
  afterAll(() => rm(folder, { recursive: true }))

  async function make(name: string): Promise<Buffer> {
    const parts = [
      link('/bin/tool', '/opt/tool'),
      file(join(folder, 'binary'), '/opt/tool'),
      text('/etc/name', 'ä'),
      text(longPath, 'far down'),
      directory('/tmp', 0o1777),
    ]
    await writeImage(join(folder, name), 'localhost/tool:1', { entrypoint: ['/bin/tool'] }, await layerOf(parts))
    return readFile(join(folder, name))
  }

  async function readJson(path: string) {
    return JSON.parse(await readFile(join(folder, path), 'utf8'))
  }

  const blobPath = (digest: string) => join('blobs', digest.replace(':', '/'))

  it('is the same bytes each time', async () => {
    expect((await make('second.tar')).equals(await readFile(join(folder, 'first.tar')))).toBe(true)
  })

  it('names itself, and each part by its digest', async () => {
    const index = await readJson('index.json')
    expect(index.manifests[0].annotations['io.containerd.image.name']).toBe('localhost/tool:1')
    const manifest = await readJson(blobPath(index.manifests[0].digest))
    const config = await readJson(blobPath(manifest.config.digest))
    const layer = await readFile(join(folder, blobPath(manifest.layers[0].digest)))
    expect(manifest.layers[0]).toMatchObject({ size: layer.length, digest: config.rootfs.diff_ids[0] })
    expect(createHash('sha256').update(layer).digest('hex')).toBe(config.rootfs.diff_ids[0].slice('sha256:'.length))
    expect(config.config.Entrypoint).toEqual(['/bin/tool'])
  })

  it('holds files, links and folders with their modes, parents first', async () => {
    const index = await readJson('index.json')
    const manifest = await readJson(blobPath(index.manifests[0].digest))
    const members: string[] = []
    await list({
      file: join(folder, blobPath(manifest.layers[0].digest)),
      onReadEntry: ({ path, type, mode = 0, size, linkpath = '' }) =>
        members.push([path, type, mode.toString(8), size, linkpath].join(' ').trim()),
    })
    expect(members).toEqual([
      'bin Directory 755 0',
      'bin/tool SymbolicLink 644 0 /opt/tool',
      'etc Directory 755 0',
      'etc/name File 644 2',
      'opt Directory 755 0',
      ...Array.from({ length: 20 }, (_, depth) => `opt/${'folder/'.repeat(depth + 1).slice(0, -1)} Directory 755 0`),
      `${longPath.slice(1)} File 644 8`,
      'opt/tool File 755 1300',
      'tmp Directory 1777 0',
    ])
  })
})
