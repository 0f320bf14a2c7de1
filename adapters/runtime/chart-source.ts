import { createHash, randomBytes } from 'node:crypto'
import { mkdir, readFile, rename, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { AdapterError } from './adapter-error.js'
import { type ChartEntry, readIndex } from './chart-index.js'
import type { Download } from './download.js'

/** Which package is wanted, and what is known of it beforehand. */
export interface ChartWanted {
  chart: string
  version: string
  /** Base address of the project's repository; empty when there is none. */
  repository: string
  /** Sha256 that the catalogue demands; empty: the index decides. */
  digest: string
}

/** A package on this machine whose digest was compared with every source that names one. */
export interface ChartPackage {
  chart: string
  version: string
  /** Path of the checked package on this machine. */
  file: string
  digest: string
  /** Where it came from, for a person. */
  origin: string
  /** The project's own repository, also of a package from a mirror; empty when there is none. */
  repository: string
  /** What names it to a person's own helm: words of a shell, `base --repo https://… --version 1.30.3` or a path in the mirror. */
  reference: string
}

/** Finds chart packages: in the mirror folder first, then in the cache or the project's repository. */
export interface ChartSource {
  /** Throws `chart-not-found` or `chart-digest-mismatch`. */
  find(wanted: ChartWanted, signal: AbortSignal): Promise<ChartPackage>
}

/** Where packages may come from, and where they are kept. */
export interface ChartSourceOptions {
  mirror: string
  offline: boolean
  /** Packages are kept here under their digest, indexes under the hash of their address. */
  cacheDir: string
  download: Download
}

const packageLimit = 20 * 1024 * 1024
const indexLimit = 20 * 1024 * 1024

/** A mirror is asked first, so that an air-gapped site needs nothing else. */
export function openChartSource(options: ChartSourceOptions): ChartSource {
  return {
    find: async (wanted, signal) => {
      const found = (await findInMirror(options, wanted)) ?? (await findInRepository(options, wanted, signal))
      if (found !== undefined) return found
      throw notFound(options, wanted)
    },
  }
}

async function findInMirror({ mirror, cacheDir }: ChartSourceOptions, wanted: ChartWanted): Promise<ChartPackage | undefined> {
  if (!mirror) return undefined
  const text = await readFile(join(mirror, 'index.yaml'), 'utf8').catch((error: unknown) => {
    throw new AdapterError('chart-not-found', 'The chart mirror cannot be read.', {
      cause: error instanceof Error ? error.message : String(error),
      remedy: 'MESHWRIGHT_CHART_MIRROR must name a folder that holds index.yaml and the chart packages.',
      from: error,
    })
  })
  const entry = readIndex(text).find(wanted.chart, wanted.version)
  if (entry === undefined) return undefined
  // The index may have been made for a web address: what counts here is the file's name, and nothing outside the folder.
  const name = decodeURIComponent(entry.url.slice(entry.url.lastIndexOf('/') + 1))
  const bytes = await readPackage(join(mirror, name), wanted)
  check(bytes, { entry, wanted, origin: 'the chart mirror' })
  return keep(cacheDir, bytes, { wanted, origin: `mirror ${mirror}`, reference: shellWord(join(mirror, name)) })
}

async function findInRepository(options: ChartSourceOptions, wanted: ChartWanted, signal: AbortSignal): Promise<ChartPackage | undefined> {
  if (!wanted.repository) return undefined
  const { cacheDir, offline, download } = options
  const base = `${wanted.repository.replace(/\/+$/, '')}/`
  const indexFile = join(cacheDir, `index-${sha256(base).slice(0, 16)}.yaml`)
  const text = offline
    ? await readFile(indexFile, 'utf8').catch(() => '')
    : (await download(new URL('index.yaml', base), { limit: indexLimit, signal })).toString()
  const entry = text ? readIndex(text).find(wanted.chart, wanted.version) : undefined
  if (entry === undefined) return undefined
  if (!offline) await writeWhole(indexFile, text)
  const cached = await readFile(join(cacheDir, `${entry.digest}.tgz`)).catch(() => undefined)
  if (cached === undefined && offline) return undefined
  const bytes = cached ?? (await download(new URL(entry.url, base), { limit: packageLimit, signal }))
  check(bytes, { entry, wanted, origin: base })
  const reference = ['--repo', wanted.repository, '--version', wanted.version].map(shellWord)
  return keep(cacheDir, bytes, { wanted, origin: base, reference: [shellWord(wanted.chart), ...reference].join(' ') })
}

function check(bytes: Buffer, { entry, wanted, origin }: { entry: ChartEntry; wanted: ChartWanted; origin: string }): void {
  const digest = sha256(bytes)
  const mismatch = (expected: string, who: string) =>
    new AdapterError('chart-digest-mismatch', `The package of chart ${wanted.chart} ${wanted.version} is not the one that was published.`, {
      cause: `Its sha256 is ${digest}; ${who} says ${expected}. It came from ${origin}.`,
      remedy: 'Do not install it. Fetch the chart again from its project; if it stays different, ask its project.',
    })
  if (entry.digest !== digest) throw mismatch(entry.digest, 'the index')
  if (wanted.digest && wanted.digest !== digest) throw mismatch(wanted.digest, "Meshwright's catalogue")
}

async function keep(
  cacheDir: string,
  bytes: Buffer,
  { wanted, origin, reference }: { wanted: ChartWanted; origin: string; reference: string },
): Promise<ChartPackage> {
  const digest = sha256(bytes)
  const file = join(cacheDir, `${digest}.tgz`)
  await writeWhole(file, bytes)
  return { chart: wanted.chart, version: wanted.version, file, digest, origin, repository: wanted.repository, reference }
}

function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`
}

/** Half a file never stands under the final name. */
async function writeWhole(file: string, content: Buffer | string): Promise<void> {
  const partial = `${file}.${randomBytes(6).toString('hex')}`
  await mkdir(join(file, '..'), { recursive: true, mode: 0o700 })
  await writeFile(partial, content, { mode: 0o600 })
  await rename(partial, file)
}

async function readPackage(file: string, wanted: ChartWanted): Promise<Buffer> {
  const size = await stat(file).then(
    (found) => found.size,
    () => undefined,
  )
  if (size !== undefined && size <= packageLimit) return readFile(file)
  throw new AdapterError('chart-not-found', `The chart mirror lists ${wanted.chart} ${wanted.version} but does not hold its package.`, {
    cause: size === undefined ? `${file} is not there.` : `${file} is larger than ${packageLimit} bytes.`,
    remedy: 'Put the package into the folder that MESHWRIGHT_CHART_MIRROR names, then plan again.',
  })
}

function notFound({ mirror, offline }: ChartSourceOptions, { chart, version, repository }: ChartWanted): AdapterError {
  const looked = [mirror && `the mirror ${mirror}`, repository && (offline ? 'the local cache' : repository)].filter(Boolean)
  return new AdapterError('chart-not-found', `Chart ${chart} ${version} was not found.`, {
    cause: looked.length > 0 ? `Looked in ${looked.join(' and in ')}.` : 'No chart repository is set up.',
    remedy: offline
      ? 'MESHWRIGHT_OFFLINE is on: put the package and an index.yaml into a folder and set MESHWRIGHT_CHART_MIRROR to it.'
      : 'Check the version; without internet, set MESHWRIGHT_CHART_MIRROR to a folder with index.yaml and the packages.',
  })
}

function sha256(content: Buffer | string): string {
  return createHash('sha256').update(content).digest('hex')
}
