import { createHash, randomBytes } from 'node:crypto'
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { z } from 'zod'
import { AdapterError } from './adapter-error.js'
import { type ChartIndex, readIndex } from './chart-index.js'
import type { Download } from './download.js'

/** Where packages may come from, and where they are kept. */
export interface ChartSourceOptions {
  mirror: string
  offline: boolean
  /** Packages are kept here under their digest, indexes under the hash of their address. */
  cacheDir: string
  download: Download
}

const indexLimit = 20 * 1024 * 1024

/** The index of the mirror; undefined when there is no mirror. Throws `chart-not-found` when it cannot be read. */
export async function mirrorIndex({ mirror }: ChartSourceOptions): Promise<ChartIndex | undefined> {
  if (!mirror) return undefined
  const text = await readFile(join(mirror, 'index.yaml'), 'utf8').catch((error: unknown) => {
    throw new AdapterError('chart-not-found', 'The chart mirror cannot be read.', {
      cause: error instanceof Error ? error.message : String(error),
      remedy: 'MESHWRIGHT_CHART_MIRROR must name a folder that holds index.yaml and the chart packages.',
      from: error,
    })
  })
  return understood(text, 'the chart mirror')
}

/** The index of a project's repository as it is now; it is kept for when there is no internet. Throws `chart-not-found`. */
export async function freshIndex(options: ChartSourceOptions, repository: string, signal: AbortSignal): Promise<ChartIndex> {
  const base = repositoryBase(repository)
  const text = (await options.download(new URL('index.yaml', base), { limit: indexLimit, signal })).toString()
  const index = understood(text, base)
  await writeWhole(indexFile(options, base), text)
  return index
}

/** The index of a project's repository as it was when it was last read; undefined when it never was. */
export async function keptIndex(options: ChartSourceOptions, repository: string): Promise<ChartIndex | undefined> {
  const text = await readFile(indexFile(options, repositoryBase(repository)), 'utf8').catch(() => '')
  return text ? understood(text, repository) : undefined
}

/** What answers under the address of an index may be anything, such as the sign-in page of a proxy. */
function understood(text: string, origin: string): ChartIndex {
  try {
    return readIndex(text)
  } catch (error) {
    throw new AdapterError('chart-not-found', `The list of charts of ${origin} cannot be understood.`, {
      cause: causeOf(error),
      remedy: 'It must be the index.yaml of a helm repository: look at what is there, and whether a proxy answers instead.',
      from: error,
    })
  }
}

function causeOf(error: unknown): string {
  if (error instanceof z.ZodError) return error.issues.map(({ path, message }) => `${path.join('.') || 'The file'}: ${message}`).join('; ')
  return error instanceof Error ? error.message.slice(0, 500) : String(error)
}

/** The address that a package's own address is relative to. */
export function repositoryBase(repository: string): string {
  return `${repository.replace(/\/+$/, '')}/`
}

function indexFile({ cacheDir }: ChartSourceOptions, base: string): string {
  return join(cacheDir, `index-${createHash('sha256').update(base).digest('hex').slice(0, 16)}.yaml`)
}

/** Half a file never stands under the final name. */
export async function writeWhole(file: string, content: Buffer | string): Promise<void> {
  const partial = `${file}.${randomBytes(6).toString('hex')}`
  await mkdir(dirname(file), { recursive: true, mode: 0o700 })
  await writeFile(partial, content, { mode: 0o600 })
  await rename(partial, file)
}
