import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rename } from 'node:fs/promises'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'

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

/** Gives a finished folder its place in the cache, where its existence says that it is complete. Another builder may have been faster: then its work stays. */
export async function moveIntoPlace(from: string, to: string): Promise<void> {
  await mkdir(dirname(to), { recursive: true })
  try {
    await rename(from, to)
  } catch (error) {
    if (!existsSync(to)) throw error
  }
}

/** Holds the work folders; those of builds that were killed stay until the cache is pruned. */
export function workFolders(): string {
  return join(testbedCache(), 'work')
}
