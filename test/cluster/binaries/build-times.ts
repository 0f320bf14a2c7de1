import { readFileSync } from 'node:fs'
import { rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { testbedCache } from './testbed-cache.js'

const fileName = 'build-seconds.json'

/** Seconds of each tool's last build into a cache, in build order. */
export function readBuildTimes(cache = testbedCache()): Readonly<Record<string, number>> {
  try {
    return JSON.parse(readFileSync(join(cache, fileName), 'utf8'))
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return {}
    throw error
  }
}

export async function keepBuildTime(tool: string, seconds: number): Promise<void> {
  const file = join(testbedCache(), fileName)
  const building = `${file}.${process.pid}`
  const times = { ...readBuildTimes(), [tool]: Math.round(seconds * 10) / 10 }
  await writeFile(building, `${JSON.stringify(times, null, 2)}\n`)
  await rename(building, file)
}
