import { chmodSync, existsSync, mkdirSync, readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { delimiter, dirname, join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { z } from 'zod'
import { AppError } from './errors.js'

const loopbackHosts = new Set(['127.0.0.1', '::1', 'localhost'])

const ConfigFields = z.strictObject({
  dataDir: z
    .string()
    .min(1)
    .transform((path) => resolve(path)),
  host: z.union([z.ipv4(), z.ipv6(), z.literal('localhost')], { error: 'must be an IP address or localhost' }),
  port: z.coerce.number({ error: 'must be a number' }).int().min(0).max(65_535),
  kubeconfig: z.string().transform((list) =>
    list
      .split(delimiter)
      .filter((path) => path !== '')
      .map((path) => resolve(path)),
  ),
  helm: z.exactOptional(z.string().min(1)),
  chartMirror: z.exactOptional(
    z
      .string()
      .min(1)
      .transform((path) => resolve(path))
      .refine((path) => existsSync(join(path, 'index.yaml')), { error: 'must be a folder that holds an index.yaml' }),
  ),
  offline: z.stringbool({ error: 'must be 1 or 0' }),
  auth: z.enum(['local', 'token'], { error: 'must be local or token; oidc and proxy come with a later version' }),
  publicUrl: z.exactOptional(z.url({ protocol: /^https?$/, error: 'must be an http or https address' })),
  tlsCert: z.exactOptional(z.string().min(1)),
  tlsKey: z.exactOptional(z.string().min(1)),
  logLevel: z.enum(['silent', 'fatal', 'error', 'warn', 'info', 'debug', 'trace'], {
    error: 'must be one of silent, error, warn, info, debug',
  }),
  secretKeyFile: z.exactOptional(
    z
      .string()
      .min(1)
      .transform((path) => resolve(path)),
  ),
})

type Fields = z.infer<typeof ConfigFields>
type FieldName = keyof Fields

/** Everything that a start of the server depends on. Nothing else of the server reads the environment. */
export interface Config extends Fields {
  /** The ready line as one JSON object. */
  json: boolean
  tls: { cert: Buffer; key: Buffer } | undefined
  /** The built tree: pages, migrations, adapters and their descriptions lie below it. */
  distRoot: string
  /** As curl and kubectl read them: HTTPS_PROXY and NO_PROXY, in either case. */
  proxies: { httpsProxy?: string; noProxy?: string }
  /** What child processes inherit: credential plugins and helm need PATH, HOME and the like. */
  environment: NodeJS.ProcessEnv
}

const switches = new Set(['offline', 'json'])

const fields: FieldName[] = Object.values(ConfigFields.keyof().enum)

/** Reads flags and environment (in this order of precedence); throws one AppError that lists every fault. */
export function readConfig(argv: string[], environment: NodeJS.ProcessEnv = process.env): Config {
  const { values: flags, faults: flagFaults } = readFlags(argv)
  const home = environment.HOME ?? homedir()
  const input: Record<string, string> = {
    dataDir: join(home, '.meshwright'),
    host: '127.0.0.1',
    port: '7878',
    kubeconfig: environment.KUBECONFIG || join(home, '.kube', 'config'),
    offline: '0',
    auth: 'local',
    logLevel: 'info',
  }
  for (const field of fields) {
    const value = flags[field] ?? environment[environmentName(field)]
    if (value !== undefined && value !== '') input[field] = value
  }
  const parsed = ConfigFields.safeParse(input)
  const faults = [...flagFaults, ...(parsed.error?.issues ?? []).map(describeIssue)]
  faults.push(...crossFaults(input))
  const tls = parsed.success ? readTls(parsed.data, faults) : undefined
  if (!parsed.success || faults.length > 0) throw invalid(faults)
  const httpsProxy = environment.HTTPS_PROXY || environment.https_proxy
  const noProxy = environment.NO_PROXY || environment.no_proxy
  return {
    ...parsed.data,
    json: flags.json === 'true',
    tls,
    distRoot: resolve(import.meta.dirname, '..'),
    proxies: { ...(httpsProxy ? { httpsProxy } : {}), ...(noProxy ? { noProxy } : {}) },
    environment,
  }
}

/** Makes the data directory, readable by its owner alone. */
export function prepareDataDir({ dataDir }: Pick<Config, 'dataDir'>): void {
  try {
    makeFolder(dataDir)
    chmodSync(dataDir, 0o700)
  } catch (error) {
    const cause = error instanceof Error ? error.message : String(error)
    throw new AppError('invalid-parameters', `The data directory ${dataDir} cannot be used.`, {
      cause,
      remedy: 'Choose another with --data-dir.',
      from: error,
    })
  }
}

/** Level by level: `recursive` never returns for a folder below /proc, where nothing can be made. */
function makeFolder(path: string): void {
  if (existsSync(path)) return
  makeFolder(dirname(path))
  mkdirSync(path, { mode: 0o700 })
}

/** Lenient while parsing, so that one unknown flag does not hide the faults of the others. */
function readFlags(argv: string[]): { values: Record<string, string | undefined>; faults: string[] } {
  const names = new Map<string, string>([...fields.map((field): [string, string] => [flagName(field), field]), ['json', 'json']])
  const type = (name: string) => (switches.has(name) ? ('boolean' as const) : ('string' as const))
  const options = Object.fromEntries([...names.keys()].map((name) => [name, { type: type(name) }]))
  const { values, positionals } = parseArgs({ args: argv, options, strict: false, allowPositionals: true, allowNegative: true })
  const faults = positionals.map((word) => `"${word}" is not a setting`)
  const read: Record<string, string | undefined> = {}
  for (const [name, value] of Object.entries(values)) {
    const field = names.get(name)
    if (field === undefined) faults.push(`--${name} is not a setting`)
    else if (value === true && !switches.has(name)) faults.push(`--${name} needs a value`)
    else read[field] = String(value)
  }
  return { values: read, faults }
}

/** What two settings say against each other; reads the texts, so that it is told beside the faults of single ones. */
function crossFaults(config: Record<string, string>): string[] {
  const isOpen = !loopbackHosts.has(config.host ?? '')
  const isAnyAddress = config.host === '0.0.0.0' || config.host === '::'
  return [
    isOpen && config.auth === 'local'
      ? `${label('host')}: ${config.host} is reachable from other machines, which ${label('auth')} "local" does not allow; set it to "token", or keep 127.0.0.1`
      : '',
    isAnyAddress && config.publicUrl === undefined ? `${label('publicUrl')}: is needed when the server listens on every address` : '',
    (config.tlsCert === undefined) !== (config.tlsKey === undefined) ? `${label('tlsCert')} and ${label('tlsKey')}: set both or none` : '',
  ].filter((fault) => fault !== '')
}

function readTls({ tlsCert, tlsKey }: Fields, faults: string[]): Config['tls'] {
  if (tlsCert === undefined || tlsKey === undefined) return undefined
  try {
    return { cert: readFileSync(tlsCert), key: readFileSync(tlsKey) }
  } catch (error) {
    faults.push(`${label('tlsCert')}, ${label('tlsKey')}: ${error instanceof Error ? error.message : error}`)
    return undefined
  }
}

function describeIssue(issue: z.core.$ZodIssue): string {
  const field = fields.find((name) => name === issue.path[0])
  return field ? `${label(field)}: ${issue.message}` : issue.message
}

function invalid(faults: string[]): AppError {
  return new AppError('invalid-parameters', 'The settings are not valid.', {
    cause: faults.join('\n'),
    remedy: 'Correct each of them; --help lists the settings.',
    errors: faults.map((message) => ({ pointer: '', message })),
  })
}

function label(field: FieldName): string {
  return `--${flagName(field)} (${environmentName(field)})`
}

function flagName(field: string): string {
  return field.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
}

function environmentName(field: string): string {
  return `MESHWRIGHT_${flagName(field).replaceAll('-', '_').toUpperCase()}`
}
