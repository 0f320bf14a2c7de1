import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { AppError } from '../../../server/errors.js'
import type { ExecPlugin } from '../../../server/kubernetes/cluster-credential.js'
import { runExecPlugin } from '../../../server/kubernetes/exec-credential.js'

const cluster = { server: 'https://api.example', ca: 'PEM', tlsServerName: 'name' }
const credential = (status: object) => JSON.stringify({ apiVersion: 'client.authentication.k8s.io/v1', kind: 'ExecCredential', status })

describe('a credential plugin', () => {
  let folder: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'meshwright-exec-'))
  })
  afterEach(() => rm(folder, { recursive: true }))

  const plugin = async (script: string, fields: Partial<ExecPlugin> = {}): Promise<ExecPlugin> => {
    const command = join(folder, 'plugin')
    await writeFile(command, `#!/bin/sh\n${script}\n`)
    await chmod(command, 0o755)
    return {
      kind: 'exec',
      apiVersion: 'client.authentication.k8s.io/v1',
      command,
      args: [],
      env: [],
      interactiveMode: 'IfAvailable',
      provideClusterInfo: false,
      ...fields,
    }
  }
  const failure = async (script: string, fields?: Partial<ExecPlugin>, timeoutMs?: number): Promise<AppError> =>
    runExecPlugin(await plugin(script, fields), { cluster, ...(timeoutMs === undefined ? {} : { timeoutMs }) }).then(
      () => expect.unreachable(),
      (error: AppError) => error,
    )

  it('gives a token with its end', async () => {
    const given = await runExecPlugin(await plugin(`echo '${credential({ token: 'abc', expirationTimestamp: '2030-01-01T00:00:00Z' })}'`), {
      cluster,
    })
    expect(given).toEqual({ token: 'abc', expiresAt: Date.parse('2030-01-01T00:00:00Z') })
  })

  it('gives a client certificate', async () => {
    const given = await runExecPlugin(await plugin(`echo '${credential({ clientCertificateData: 'C', clientKeyData: 'K' })}'`), { cluster })
    expect(given).toEqual({ certificate: { cert: 'C', key: 'K' }, expiresAt: Number.POSITIVE_INFINITY })
  })

  it('is told the cluster where it asks for it, its arguments and environment, and that nobody can be asked', async () => {
    const script = `printf '%s' "$KUBERNETES_EXEC_INFO" > ${folder}/info; echo "$1 $NAME" > ${folder}/rest; cat > ${folder}/stdin; echo '${credential({ token: 't' })}'`
    const fields = { provideClusterInfo: true, clusterConfig: { audience: 'x' }, args: ['one'], env: [{ name: 'NAME', value: 'value' }] }
    await runExecPlugin(await plugin(script, fields), { cluster })
    expect(JSON.parse(await readFile(join(folder, 'info'), 'utf8'))).toEqual({
      apiVersion: 'client.authentication.k8s.io/v1',
      kind: 'ExecCredential',
      spec: {
        interactive: false,
        cluster: {
          server: 'https://api.example',
          'tls-server-name': 'name',
          'certificate-authority-data': Buffer.from('PEM').toString('base64'),
          config: { audience: 'x' },
        },
      },
    })
    expect(await readFile(join(folder, 'rest'), 'utf8')).toBe('one value\n')
    expect(await readFile(join(folder, 'stdin'), 'utf8')).toBe('')
  })

  it('that is not there is named, with its own hint', async () => {
    const error = await failure('', { command: 'no-such-plugin', installHint: 'Install it from example.' })
    expect([error.code, error.message, error.details.remedy]).toEqual([
      'credential-plugin-failed',
      'The credential plugin no-such-plugin is not installed.',
      'Install it from example.',
    ])
  })

  it('that hangs is ended with all its children', async () => {
    const error = await failure(`sleep 1000 & echo $! > ${folder}/child; wait`, {}, 300)
    expect(error.details.cause).toMatch(/ended/)
    const child = Number(await readFile(join(folder, 'child'), 'utf8'))
    await expect.poll(() => isRunning(child)).toBe(false)
  })

  it('that fails is quoted, without what may be a secret', async () => {
    const token = `eyJhbGciOiJSUzI1NiJ9.${'a1'.repeat(30)}`
    const error = await failure(`echo "refresh token ${token} was refused: run login" >&2; echo '${credential({ token })}'; exit 3`)
    expect(error.message).toMatch(/exit code 3/)
    expect(error.details.cause).toBe('It said: refresh token [hidden] was refused: run login')
    expect(JSON.stringify([error.message, error.details])).not.toContain('a1a1a1')
  })

  it.each([
    ['text', 'echo secret-token-1234567890', /did not answer with JSON/],
    ['another kind', `echo '{"kind":"Pod","apiVersion":"v1","status":{}}'`, /no ExecCredential/],
    ['another version', `echo '${credential({ token: 't' }).replace('/v1', '/v1beta1')}'`, /another version/],
    ['neither token nor certificate', `echo '${credential({ clientCertificateData: 'C' })}'`, /neither a token/],
    ['an end that is no time', `echo '${credential({ token: 't', expirationTimestamp: 'soon' })}'`, /no ExecCredential/],
    ['more than 1 MB', 'head -c 2000000 /dev/zero', /more than 1 MB/],
  ])('that answers %s is refused', async (_title, script, message) => {
    const error = await failure(script)
    expect(error.message).toMatch(message)
    expect(JSON.stringify([error.message, error.details, String(error.cause)])).not.toContain('1234567890')
  })

  it('that insists on a terminal is not run', async () => {
    const error = await failure(`touch ${folder}/ran`, { interactiveMode: 'Always' })
    expect(error.details.cause).toMatch(/interactiveMode/)
    await expect(readFile(join(folder, 'ran'))).rejects.toThrow()
  })
})

// An orphan that was killed may stay as a zombie where nobody reaps.
async function isRunning(pid: number): Promise<boolean> {
  const state = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
  return state !== '' && !/\) Z /.test(state)
}
