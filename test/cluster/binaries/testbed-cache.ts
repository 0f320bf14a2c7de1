import { mkdir, mkdtemp } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'

/** Folder of built binaries and images, outside the tree: MESHWRIGHT_TESTBED_CACHE, else below the user's cache folder. */
export function testbedCache(): string {
  const userCache = process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache')
  return process.env.MESHWRIGHT_TESTBED_CACHE ?? join(userCache, 'meshwright', 'testbed')
}

/** A new folder in which something is built before it is renamed into its place in the cache. */
export async function newWorkFolder(): Promise<string> {
  await mkdir(workFolders(), { recursive: true })
  return mkdtemp(join(workFolders(), 'work-'))
}

/** Holds the work folders; those of builds that were killed stay until the cache is pruned. */
export function workFolders(): string {
  return join(testbedCache(), 'work')
}
