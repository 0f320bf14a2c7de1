import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { type App, buildApp } from '../../server/app.js'
import { type Config, readConfig } from '../../server/config.js'

/** The whole server in this process, listening on a port of its own: for what needs no build and no second process. */
export interface AppServer extends AsyncDisposable {
  app: App
  url: string
  token: string
  dataDir: string
  request(path: string, init?: RequestInit): Promise<Response>
  /** A call with the local token; `body` is sent and read as JSON. */
  call<Body>(method: string, path: string, options?: CallOptions): Promise<CallAnswer<Body>>
  /** Ends it and keeps the data directory. */
  close(): Promise<void>
}

export interface CallOptions {
  body?: unknown
  headers?: Record<string, string>
}

export interface CallAnswer<Body> {
  status: number
  headers: Headers
  body: Body
}

export interface AppServerOptions {
  dataDir?: string
  config?: Partial<Config>
  /** `description.json` by mesh, as the build would write it. */
  adapters?: Record<string, unknown>
  kubeconfig?: string
}

export async function startAppServer(options: AppServerOptions = {}): Promise<AppServer> {
  const dataDir = options.dataDir ?? (await mkdtemp(join(tmpdir(), 'meshwright-data-')))
  const distRoot = await makeDistRoot(options.adapters ?? {})
  const kubeconfig = join(distRoot, 'kubeconfig')
  if (options.kubeconfig !== undefined) await writeFile(kubeconfig, options.kubeconfig)
  const config = readConfig(['--data-dir', dataDir, '--port', '0', '--log-level', 'silent', '--kubeconfig', kubeconfig], {})
  const app = await buildApp({ ...config, distRoot, ...options.config })
  const { url } = await app.listen()
  const token = await readToken(dataDir)
  const request = (path: string, init?: RequestInit) => fetch(`${url}${path}`, init)
  let closing: Promise<void> | undefined
  const close = async () => {
    closing ??= app.close().then(() => rm(distRoot, { recursive: true, force: true }))
    await closing
  }
  return {
    app,
    url,
    token,
    dataDir,
    request,
    async call<Body>(method: string, path: string, { body, headers = {} }: CallOptions = {}): Promise<CallAnswer<Body>> {
      const json = body === undefined ? {} : { 'content-type': 'application/json' }
      const response = await request(path, {
        method,
        headers: { authorization: `Bearer ${token}`, ...json, ...headers },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      })
      const text = await response.text()
      return { status: response.status, headers: response.headers, body: text === '' ? undefined : JSON.parse(text) }
    },
    close,
    async [Symbol.asyncDispose]() {
      await close()
      if (options.dataDir === undefined) await rm(dataDir, { recursive: true, force: true })
    },
  }
}

async function readToken(dataDir: string): Promise<string> {
  return (await readFile(join(dataDir, 'token'), 'utf8')).trim()
}

/** A tree as the build leaves it, with the committed migrations and the adapters that a test names. */
async function makeDistRoot(adapters: Record<string, unknown>): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'meshwright-dist-'))
  await mkdir(join(root, 'server/database'), { recursive: true })
  await symlink(resolve('server/database/migrations'), join(root, 'server/database/migrations'))
  await cp('package.json', join(root, 'package.json'))
  await mkdir(join(root, 'adapters'))
  for (const [mesh, description] of Object.entries(adapters)) {
    await mkdir(join(root, 'adapters', mesh))
    await writeFile(join(root, 'adapters', mesh, 'description.json'), JSON.stringify(description))
  }
  return root
}
