import type { Import } from './imports.js'

// docs/architecture.md §5 as data: the first row whose `from` begins a path decides what it may import of ours.
// `<x>` stands for one folder, and means the same one on both sides.

interface Row {
  from: string
  may: string[]
}

const libraries = ['kube/', 'certificates/', 'net/', 'grpc-status/', 'installers/']
const serverBase = [
  'contract/',
  'proto/gen/',
  ...libraries,
  'server/errors.ts',
  'server/drop-absent.ts',
  'server/http/',
  'server/database/',
]
const serverMiddle = ['server/adapter-link/', 'server/events/', 'server/kubernetes/', 'server/access/']
const adapterBase = ['contract/', 'proto/gen/', ...libraries, 'adapters/runtime/']
const uiBase = ['ui/gen/', 'ui/lib/']

const rows: Row[] = [
  { from: 'contract/', may: ['contract/'] },
  { from: 'grpc-status/', may: ['grpc-status/', 'contract/', 'proto/gen/'] },
  { from: 'installers/', may: ['installers/', 'contract/'] },
  ...libraries.map((from) => ({ from, may: libraries })),
  { from: 'adapters/runtime/', may: adapterBase },
  { from: 'adapters/<mesh>/', may: [...adapterBase, 'adapters/<mesh>/'] },
  { from: 'loadgen/', may: ['loadgen/', 'contract/', 'net/'] },
  { from: 'sandbox/', may: ['sandbox/', 'contract/', 'installers/'] },
  { from: 'cli/', may: ['cli/', 'contract/'] },
  { from: 'server/errors.ts', may: ['contract/'] },
  { from: 'server/drop-absent.ts', may: [] },
  { from: 'server/config.ts', may: ['contract/', 'server/errors.ts'] },
  { from: 'server/app.ts', may: ['server/', 'contract/', 'proto/gen/', ...libraries] },
  { from: 'server/main.ts', may: ['server/'] },
  { from: 'server/usage.ts', may: [] },
  { from: 'server/write-openapi.ts', may: ['server/'] },
  { from: 'server/http/', may: serverBase },
  { from: 'server/database/', may: serverBase },
  ...serverMiddle.map((from) => ({ from, may: [...serverBase, ...serverMiddle] })),
  { from: 'server/<feature>/', may: [...serverBase, ...serverMiddle, 'server/<feature>/'] },
  { from: 'ui/lib/', may: uiBase },
  { from: 'ui/components/', may: [...uiBase, 'ui/components/'] },
  { from: 'ui/features/<feature>/', may: [...uiBase, 'ui/components/', 'ui/features/<feature>/'] },
  { from: 'ui/pages/', may: [...uiBase, 'ui/components/', 'ui/features/', 'ui/pages/'] },
  { from: 'ui/', may: ['ui/'] },
]

interface PackageRule {
  what: RegExp
  /** Paths that may import it. */
  where: RegExp
  why: string
}

const packageRules: PackageRule[] = [
  {
    what: /^(@grpc\/|grpc-health-check|nice-grpc)/,
    where: /^(server\/adapter-link|adapters\/runtime|grpc-status)\//,
    why: 'only server/adapter-link, adapters/runtime and their grpc-status know gRPC',
  },
  { what: /^drizzle-orm/, where: /^server\/(.*-store\.ts$|database\/)/, why: 'only *-store.ts files and server/database hold SQL' },
  { what: /^better-sqlite3/, where: /^server\/database\//, why: 'only server/database opens SQLite' },
  {
    what: /^(node:)?child_process$|^execa$/,
    where: /^(server\/adapter-link|server\/kubernetes|adapters\/runtime)\//,
    why: 'only adapters/runtime runs helm; the server starts adapters and credential plug-ins',
  },
  { what: /^(react|@mantine|@tanstack)/, where: /^ui\//, why: 'the page stays in ui/' },
]

/** Why an import is against the layout; undefined when it is not. */
export function judgeImport({ from, to, ours }: Import): string | undefined {
  if (!ours) return packageRules.find(({ what, where }) => what.test(to) && !where.test(from))?.why
  if (to.startsWith('test/')) return 'nothing imports test/'
  const row = rows.find((candidate) => matchPrefix(candidate.from, from))
  if (!row) return `${from} is in no folder of the layout`
  const folder = matchPrefix(row.from, from)?.folder ?? ''
  const may = row.may.map((prefix) => prefix.replace(/<\w+>/, folder))
  return may.some((prefix) => to.startsWith(prefix)) ? undefined : `${row.from} may import of ours only ${may.join(', ') || 'nothing'}`
}

function matchPrefix(pattern: string, path: string): { folder: string } | undefined {
  const match = new RegExp(`^${pattern.replace(/<\w+>/, '([^/]+)')}`).exec(path)
  return match ? { folder: match[1] ?? '' } : undefined
}
