import { LineCounter, parseDocument } from 'yaml'
import { z } from 'zod'
import { AppError } from '../errors.js'

const text = z.exactOptional(z.string())
const flag = z.exactOptional(z.boolean())
const texts = z.exactOptional(z.array(z.string()))
// Kept for whoever wrote it; we read one of them (the plugin's).
const extensions = z.exactOptional(z.array(z.object({ name: z.string(), extension: z.json() })))

const cluster = {
  server: text,
  'tls-server-name': text,
  'insecure-skip-tls-verify': flag,
  'certificate-authority': text,
  'certificate-authority-data': text,
  'proxy-url': text,
  'disable-compression': flag,
  extensions,
}

const exec = {
  apiVersion: text,
  command: text,
  args: texts,
  env: z.exactOptional(z.array(z.object({ name: z.string(), value: z.string() }))),
  installHint: text,
  interactiveMode: z.exactOptional(z.enum(['Never', 'IfAvailable', 'Always'])),
  provideClusterInfo: flag,
}

const user = {
  'client-certificate': text,
  'client-certificate-data': text,
  'client-key': text,
  'client-key-data': text,
  token: text,
  tokenFile: text,
  // Not kubectl's spelling, but another client reads it: it must be seen to be refused.
  'token-file': text,
  as: text,
  'as-uid': text,
  'as-groups': texts,
  'as-user-extra': z.exactOptional(z.record(z.string(), z.array(z.string()))),
  username: text,
  password: text,
  'auth-provider': z.exactOptional(z.json()),
  extensions,
}

const context = { cluster: text, user: text, namespace: text, extensions }

// Entries without content are legal: `user: {}` is an anonymous user.
function kubeconfigSchema(isStrict: boolean) {
  const object = <Shape extends z.core.$ZodLooseShape>(shape: Shape) => (isStrict ? z.strictObject(shape) : z.object(shape))
  const named = <Shape extends z.core.$ZodLooseShape>(shape: Shape) => z.array(object({ name: z.string(), ...shape })).default([])
  return object({
    apiVersion: z.exactOptional(z.literal('v1', 'must be v1')),
    kind: z.exactOptional(z.literal('Config', 'must be Config: this is no kubeconfig')),
    preferences: z.exactOptional(z.json()),
    extensions,
    'current-context': text,
    clusters: named({ cluster: object(cluster).default({}) }),
    users: named({ user: object({ ...user, exec: z.exactOptional(object(exec)) }).default({}) }),
    contexts: named({ context: object(context).default({}) }),
  })
}

const lenient = kubeconfigSchema(false)
const strict = kubeconfigSchema(true)

export type Kubeconfig = z.infer<typeof lenient>
export type KubeconfigCluster = Kubeconfig['clusters'][number]['cluster']
export type KubeconfigUser = Kubeconfig['users'][number]['user']

/**
 * Text → kubeconfig, nothing dialled and nothing run. Unknown fields are refused when `isStrict`, else ignored as kubectl does.
 * Throws AppError invalid-kubeconfig; its texts name fields and lines, never values.
 */
export function readKubeconfig(content: string, { isStrict }: { isStrict: boolean }): Kubeconfig {
  const value = readYaml(content)
  const parsed = (isStrict ? strict : lenient).safeParse(value)
  if (parsed.success) return parsed.data
  throw new AppError('invalid-kubeconfig', 'The kubeconfig is not valid.', {
    cause: parsed.error.issues
      .map((issue) => `${issue.path.join('.') || 'the document'}: ${issue.message}`)
      .slice(0, 5)
      .join('; '),
    remedy: 'Compare it with the output of `kubectl config view --minify --flatten`, which writes a complete file for one context.',
    errors: parsed.error.issues.slice(0, 20).map((issue) => ({ pointer: `/${issue.path.join('/')}`, message: issue.message })),
  })
}

// Enough for anchors written by hand; a bomb needs thousands.
const maxAliases = 50
const maxDepth = 30

function readYaml(content: string): unknown {
  const lines = new LineCounter()
  try {
    // prettyErrors would quote the source, and with it a key or a token; a silent log would hide that a second document follows.
    const document = parseDocument(content, { prettyErrors: false, lineCounter: lines, stringKeys: true, logLevel: 'error' })
    const [error] = document.errors
    if (error) throw notYaml(`line ${lines.linePos(error.pos[0]).line}: ${error.code}`)
    return withoutNulls(document.toJS({ maxAliasCount: maxAliases }), 0)
  } catch (error) {
    if (error instanceof AppError) throw error
    // ReferenceError: too many aliases; RangeError: nested too deeply for the stack.
    throw notYaml(error instanceof ReferenceError ? 'it uses too many YAML aliases' : 'it is nested too deeply', error)
  }
}

function notYaml(cause: string, from?: unknown): AppError {
  return new AppError('invalid-kubeconfig', 'The kubeconfig cannot be read as YAML.', {
    cause,
    remedy: 'Paste the whole text of one kubeconfig file, as `kubectl config view --minify --flatten` prints it.',
    from,
  })
}

// Go writes empty lists and maps as null; for us they are absent.
function withoutNulls(value: unknown, depth: number): unknown {
  if (depth > maxDepth) throw notYaml('it is nested too deeply')
  if (Array.isArray(value)) return value.map((item) => withoutNulls(item, depth + 1))
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).filter(([, field]) => field !== null)
  return Object.fromEntries(entries.map(([key, field]) => [key, withoutNulls(field, depth + 1)]))
}
