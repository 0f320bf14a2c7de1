import { readFileSync } from 'node:fs'
import { rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { testbedCache } from './testbed-cache.js'

/** Seconds of each tool's last build on this machine, in build order; for the benchmark, which builds nothing itself. */
export function readBuildTimes(): Readonly<Record<string, number>> {
  try {
    return JSON.parse(readFileSync(file(), 'utf8'))
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return {}
    throw error
  }
}

export async function keepBuildTime(tool: string, seconds: number): Promise<void> {
  const building = `${file()}.${process.pid}`
  const times = { ...readBuildTimes(), [tool]: Math.round(seconds * 10) / 10 }
  await writeFile(building, `${JSON.stringify(times, null, 2)}\n`)
  await rename(building, file())
}

function file(): string {
  return join(testbedCache(), 'build-seconds.json')
}
