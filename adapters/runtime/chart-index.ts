import { parse } from 'yaml'
import { z } from 'zod'

const Entry = z.object({
  version: z.string(),
  digest: z.string().transform((digest) => digest.replace(/^sha256:/, '').toLowerCase()),
  urls: z.array(z.string()).min(1),
})

const Listing = z.object({
  version: z.string(),
  kubeVersion: z.string().default(''),
  appVersion: z.coerce.string().default(''),
  created: z.string().default(''),
})

/** One version of a chart in a list, as its author describes it. */
export interface ChartListing {
  version: string
  /** semver range of Kubernetes; empty: it does not say. */
  kubeVersion: string
  appVersion: string
  /** YYYY-MM-DD; empty: it does not say. */
  createdOn: string
}

const Index = z.object({ entries: z.record(z.string(), z.array(z.unknown())) })

/** One version of one chart, as a repository lists it. */
export interface ChartEntry {
  version: string
  /** Sha256 of the package, hex. */
  digest: string
  /** Absolute, or relative to the index. */
  url: string
}

/** What a repository offers; `find` wants the exact version. */
export interface ChartIndex {
  find(chart: string, version: string): ChartEntry | undefined
  /** Those that `find` would find. */
  list(chart: string): ChartListing[]
}

/** Reads a repository's index.yaml. Entries without a digest are left out: what cannot be checked is not used. */
export function readIndex(text: string): ChartIndex {
  const { entries } = Index.parse(parse(text, { maxAliasCount: 100 }))
  const entriesOf = (chart: string) => (Object.hasOwn(entries, chart) ? (entries[chart] ?? []) : [])
  return {
    find: (chart, version) => {
      const candidates = entriesOf(chart).map((entry) => Entry.safeParse(entry))
      const found = candidates.find((candidate) => candidate.success && candidate.data.version === version)
      const url = found?.data?.urls[0]
      return found?.data && url ? { version, digest: found.data.digest, url } : undefined
    },
    list: (chart) =>
      entriesOf(chart).flatMap((entry) => {
        const listing = Listing.safeParse(entry)
        if (!listing.success || !Entry.safeParse(entry).success) return []
        const { created, ...facts } = listing.data
        return [{ ...facts, createdOn: /^\d{4}-\d{2}-\d{2}/.exec(created)?.[0] ?? '' }]
      }),
  }
}
