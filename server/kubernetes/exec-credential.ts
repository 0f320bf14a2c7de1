import { execa } from 'execa'
import { z } from 'zod'
import { AppError } from '../errors.js'
import type { ExecPlugin } from './cluster-credential.js'

/** What a plugin gave: a token, a client certificate, or both. */
export interface PluginCredential {
  token?: string | undefined
  certificate?: { cert: string; key: string } | undefined
  /** Epoch ms; Infinity when the plugin set no end. */
  expiresAt: number
}

export interface PluginCluster {
  server: string
  ca?: string | undefined
  insecureSkipTlsVerify?: boolean | undefined
  tlsServerName?: string | undefined
  proxyUrl?: string | undefined
}

const defaultTimeoutMs = 30_000

/**
 * Runs a credential plugin of this machine's kubeconfig as client-go does, but never with a terminal and never for long.
 * Throws AppError credential-plugin-failed; what the plugin printed stays out of it, but for its last words with anything
 * that looks like a secret taken away.
 */
export async function runExecPlugin(
  plugin: ExecPlugin,
  { cluster, timeoutMs = defaultTimeoutMs }: { cluster: PluginCluster; timeoutMs?: number },
): Promise<PluginCredential> {
  if (plugin.interactiveMode === 'Always') {
    throw failed(plugin, 'wants to ask questions in a terminal, and a server has none', {
      cause: 'Its interactiveMode is Always.',
      remedy: 'Sign in with it in a terminal first and set interactiveMode: IfAvailable, or use a service account token.',
    })
  }
  const stdout = await run(plugin, { cluster, timeoutMs })
  return readAnswer(plugin, stdout)
}

async function run(plugin: ExecPlugin, { cluster, timeoutMs }: { cluster: PluginCluster; timeoutMs: number }): Promise<string> {
  const env = {
    ...Object.fromEntries(plugin.env.map(({ name, value }) => [name, value])),
    KUBERNETES_EXEC_INFO: JSON.stringify(execInfo(plugin, cluster)),
  }
  // A group of its own: a plugin that hangs mostly hangs in a child, which a signal to the plugin alone would leave behind.
  const child = execa(plugin.command, plugin.args, { env, stdin: 'ignore', detached: true, maxBuffer: 1024 * 1024, reject: false })
  let isLate = false
  const timer = setTimeout(() => {
    isLate = true
    killGroup(child.pid)
  }, timeoutMs)
  const result = await child.finally(() => clearTimeout(timer))
  if (isLate) {
    throw failed(plugin, `did not finish within ${Math.round(timeoutMs / 1000)} s`, {
      cause: 'It was ended. It may wait for a sign-in in a browser or for a network that it cannot reach.',
      remedy: `Run ${plugin.command} in a terminal as the user of this server and sign in, then try again.`,
    })
  }
  if (result.failed) throw explainExit(plugin, result)
  return result.stdout
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return
  try {
    process.kill(-pid, 'SIGKILL')
  } catch {
    // ESRCH: it ended in the same moment.
  }
}

function execInfo(plugin: ExecPlugin, cluster: PluginCluster): unknown {
  const described = {
    server: cluster.server,
    ...(cluster.tlsServerName ? { 'tls-server-name': cluster.tlsServerName } : {}),
    ...(cluster.insecureSkipTlsVerify ? { 'insecure-skip-tls-verify': true } : {}),
    ...(cluster.ca ? { 'certificate-authority-data': Buffer.from(cluster.ca).toString('base64') } : {}),
    ...(cluster.proxyUrl ? { 'proxy-url': cluster.proxyUrl } : {}),
    ...(plugin.clusterConfig === undefined ? {} : { config: plugin.clusterConfig }),
  }
  return {
    apiVersion: plugin.apiVersion,
    kind: 'ExecCredential',
    spec: { interactive: false, ...(plugin.provideClusterInfo ? { cluster: described } : {}) },
  }
}

interface FailedRun {
  code?: string | undefined
  exitCode?: number | undefined
  signal?: string | undefined
  isMaxBuffer: boolean
  stderr: string
}

function explainExit(plugin: ExecPlugin, { code, exitCode, signal, isMaxBuffer, stderr }: FailedRun): AppError {
  if (code === 'ENOENT' || code === 'EACCES') {
    return failed(plugin, 'is not installed', {
      cause: code === 'ENOENT' ? `There is no ${plugin.command} in the PATH of this server.` : `${plugin.command} may not be run.`,
      remedy: plugin.installHint ?? `Install ${plugin.command}, or start the server with a PATH that has it.`,
    })
  }
  const lastWords = withoutSecrets(stderr.trim()).slice(-400)
  const how = isMaxBuffer ? 'printed more than 1 MB' : signal ? `was ended by ${signal}` : `ended with exit code ${exitCode ?? '?'}`
  return failed(plugin, how, {
    cause: lastWords ? `It said: ${lastWords}` : 'It said nothing.',
    remedy: `Run ${plugin.command} in a terminal as the user of this server to see more, sign in where it asks, then try again.`,
  })
}

// Long runs of token characters: JWTs, base64, hex. A path or a sentence has none that is this long.
function withoutSecrets(text: string): string {
  return text.replace(/[A-Za-z0-9+=_.~-]{16,}/g, (run) => (/\d/.test(run) || /[+=]/.test(run) || run.length > 40 ? '[hidden]' : run))
}

const Answer = z.object({
  apiVersion: z.string(),
  kind: z.literal('ExecCredential'),
  status: z.object({
    token: z.string().nullish(),
    clientCertificateData: z.string().nullish(),
    clientKeyData: z.string().nullish(),
    expirationTimestamp: z.iso.datetime({ offset: true }).nullish(),
  }),
})

function readAnswer(plugin: ExecPlugin, stdout: string): PluginCredential {
  const { data, error } = Answer.safeParse(parseJson(plugin, stdout))
  if (!data) {
    const fields = error.issues.map((issue) => issue.path.join('.') || 'the document').join(', ')
    throw failed(plugin, 'answered something that is no ExecCredential', {
      cause: `Wrong or missing: ${fields}.`,
      remedy: updateIt(plugin),
    })
  }
  const { token, clientCertificateData: cert, clientKeyData: key, expirationTimestamp } = data.status
  if (data.apiVersion !== plugin.apiVersion) {
    throw failed(plugin, 'answered in another version of the plugin interface', {
      cause: `The kubeconfig asks for ${plugin.apiVersion}.`,
      remedy: updateIt(plugin),
    })
  }
  if (!token && !(cert && key)) {
    throw failed(plugin, 'gave neither a token nor a client certificate with its key', {
      cause: 'Its status lacks them.',
      remedy: updateIt(plugin),
    })
  }
  return {
    ...(token ? { token: token.trim() } : {}),
    ...(cert && key ? { certificate: { cert, key } } : {}),
    expiresAt: expirationTimestamp ? Date.parse(expirationTimestamp) : Number.POSITIVE_INFINITY,
  }
}

function parseJson(plugin: ExecPlugin, stdout: string): unknown {
  try {
    return JSON.parse(stdout)
  } catch {
    // The SyntaxError quotes its input, which may be the token: it must not become a cause.
    throw failed(plugin, 'did not answer with JSON', {
      cause: `It printed ${stdout.length} characters of something else.`,
      remedy: updateIt(plugin),
    })
  }
}

function updateIt(plugin: ExecPlugin): string {
  return `Update ${plugin.command}, or write the kubeconfig anew with the tool of your provider.`
}

function failed(plugin: ExecPlugin, how: string, { cause, remedy }: { cause: string; remedy: string }): AppError {
  return new AppError('credential-plugin-failed', `The credential plugin ${plugin.command} ${how}.`, { cause, remedy })
}
