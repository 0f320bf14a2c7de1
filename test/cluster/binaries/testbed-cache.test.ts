import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { moveIntoPlace } from './testbed-cache.js'

describe('the place of a built tool', () => {
  let folder: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'meshwright-place-'))
  })
  afterAll(() => rm(folder, { recursive: true }))

  const built = async (by: string) => {
    await mkdir(join(folder, by))
    await writeFile(join(folder, by, 'tool'), by)
    return join(folder, by)
  }

  it('is taken by the first of two builders, and the second does no harm', async () => {
    const place = join(folder, 'tools', 'tool-1')
    await moveIntoPlace(await built('first'), place)
    await moveIntoPlace(await built('second'), place)
    expect(await readdir(place)).toEqual(['tool'])
    expect(await readFile(join(place, 'tool'), 'utf8')).toBe('first')
  })

  it('stays empty when there is nothing to move', async () => {
    await expect(moveIntoPlace(join(folder, 'nothing'), join(folder, 'tools', 'tool-2'))).rejects.toThrow(/ENOENT/)
  })
})
