import { createHash } from 'node:crypto'
import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { AdapterError } from './adapter-error.js'
import type { ChartEntry, ChartListing } from './chart-index.js'
import { type ChartSourceOptions, freshIndex, keptIndex, mirrorIndex, repositoryBase, writeWhole } from './chart-indexes.js'

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
  /**
   * The versions of some charts that the mirror and the project's repository list: by chart. The repository is read anew
   * through `fresh`, otherwise as it was when it was last read. Throws `chart-not-found` when the repository cannot be read.
   */
  list(wanted: ChartsWanted, fresh?: AbortSignal): Promise<Map<string, ChartListing[]>>
}

/** Charts of one project. */
export interface ChartsWanted {
  charts: readonly string[]
  /** Base address of the project's repository; empty when there is none. */
  repository: string
}

const packageLimit = 20 * 1024 * 1024

/** A mirror is asked first, so that an air-gapped site needs nothing else. */
export function openChartSource(options: ChartSourceOptions): ChartSource {
  return {
    find: async (wanted, signal) => {
      const found = (await findInMirror(options, wanted)) ?? (await findInRepository(options, wanted, signal))
      if (found !== undefined) return found
      throw notFound(options, wanted)
    },
    list: (wanted, fresh) => listCharts(options, wanted, fresh),
  }
}

async function listCharts(
  options: ChartSourceOptions,
  { charts, repository }: ChartsWanted,
  fresh: AbortSignal | undefined,
): Promise<Map<string, ChartListing[]>> {
  const mirrored = await mirrorIndex(options)
  if (fresh && mirrored === undefined && (options.offline || !repository)) throw nothingToRead(options)
  const readsAnew = fresh !== undefined && !options.offline && repository !== ''
  const published = readsAnew ? await freshIndex(options, repository, fresh) : await keptIndex(options, repository)
  return new Map(charts.map((chart) => [chart, [...(mirrored?.list(chart) ?? []), ...(published?.list(chart) ?? [])]]))
}

function nothingToRead({ offline }: ChartSourceOptions): AdapterError {
  return new AdapterError('chart-not-found', 'There is nowhere to look for newer versions.', {
    cause: offline
      ? 'MESHWRIGHT_OFFLINE is on and no chart mirror is set.'
      : 'The mesh has no chart repository, and no chart mirror is set.',
    remedy: 'Set MESHWRIGHT_CHART_MIRROR to a folder with index.yaml and the packages, or let Meshwright reach the internet.',
  })
}

async function findInMirror(options: ChartSourceOptions, wanted: ChartWanted): Promise<ChartPackage | undefined> {
  const { mirror, cacheDir } = options
  const entry = (await mirrorIndex(options))?.find(wanted.chart, wanted.version)
  if (entry === undefined) return undefined
  // The index may have been made for a web address: what counts here is the file's name, and nothing outside the folder.
  const name = decodeURIComponent(entry.url.slice(entry.url.lastIndexOf('/') + 1))
  const bytes = await readPackage(join(mirror, name), wanted)
  check(bytes, { entry, wanted, origin: 'the chart mirror' })
  return keep(cacheDir, bytes, { wanted, origin: `mirror ${mirror}`, reference: shellWord(join(mirror, name)) })
}

async function findInRepository(options: ChartSourceOptions, wanted: ChartWanted, signal: AbortSignal): Promise<ChartPackage | undefined> {
  const { repository } = wanted
  if (!repository) return undefined
  const { cacheDir, offline, download } = options
  const base = repositoryBase(repository)
  const index = offline ? await keptIndex(options, repository) : await freshIndex(options, repository, signal)
  const entry = index?.find(wanted.chart, wanted.version)
  if (entry === undefined) return undefined
  const cached = await readFile(join(cacheDir, `${entry.digest}.tgz`)).catch(() => undefined)
  if (cached === undefined && offline) return undefined
  const bytes = cached ?? (await download(new URL(entry.url, base), { limit: packageLimit, signal }))
  check(bytes, { entry, wanted, origin: base })
  const reference = ['--repo', repository, '--version', wanted.version].map(shellWord)
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
