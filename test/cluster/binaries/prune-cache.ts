import { readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { testbedCache, workFolders } from './testbed-cache.js'

const keptVersions = 3
const dayMs = 86_400_000

interface CacheEntry {
  readonly path: string
  readonly madeMs: number
}

/** Removes all but the newest three versions of each tool and image (several working trees may share a cache), and the work of killed builds. */
export async function pruneCache(): Promise<void> {
  const works = await newestFirst(workFolders())
  const old = works.filter(({ madeMs }) => madeMs < Date.now() - dayMs)
  const superseded = await Promise.all(
    ['tools', 'images'].map(async (kind) => olderVersions(await newestFirst(join(testbedCache(), kind)))),
  )
  for (const { path } of [...old, ...superseded.flat()]) await rm(path, { recursive: true, force: true })
}

async function newestFirst(folder: string): Promise<CacheEntry[]> {
  const names = await readdir(folder).catch(() => [])
  const paths = names.map((name) => join(folder, name))
  const entries = await Promise.all(paths.map(async (path) => ({ path, madeMs: (await stat(path)).mtimeMs })))
  return entries.sort((a, b) => b.madeMs - a.madeMs)
}

function olderVersions(entries: readonly CacheEntry[]): CacheEntry[] {
  const seen: Record<string, number> = {}
  return entries.filter(({ path }) => {
    // Names are <tool>-<key> and <image>-<key>.tar.
    const name = path.slice(0, path.lastIndexOf('-'))
    seen[name] = (seen[name] ?? 0) + 1
    return seen[name] > keptVersions
  })
}
