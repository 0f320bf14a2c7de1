import { mkdtempSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { prepareDataDir, readConfig } from '../../server/config.js'
import { AppError } from '../../server/errors.js'

const faultsOf = (argv: string[], environment: Record<string, string> = {}): string[] => {
  try {
    readConfig(argv, environment)
    return []
  } catch (error) {
    if (error instanceof AppError) return (error.details.errors ?? []).map(({ message }) => message)
    throw error
  }
}

describe('settings', () => {
  it('have defaults that only this machine can reach', () => {
    expect(readConfig([], { HOME: '/home/anna' })).toMatchObject({
      dataDir: '/home/anna/.meshwright',
      host: '127.0.0.1',
      port: 7878,
      auth: 'local',
      offline: false,
      kubeconfig: ['/home/anna/.kube/config'],
    })
  })

  it('come from a flag before the environment, and from there before the default', () => {
    const environment = { MESHWRIGHT_PORT: '1234', MESHWRIGHT_OFFLINE: '1', MESHWRIGHT_HELM: '' }
    expect(readConfig(['--port', '0'], environment)).toMatchObject({ port: 0, offline: true })
    expect(readConfig(['--no-offline'], environment)).toMatchObject({ port: 1234, offline: false })
    expect(readConfig([], environment).helm).toBeUndefined()
  })

  it('read kubeconfig files as kubectl does', () => {
    const list = ['/a', '', '/b'].join(delimiter)
    expect(readConfig([], { KUBECONFIG: list }).kubeconfig).toEqual(['/a', '/b'])
    expect(readConfig([], { KUBECONFIG: list, MESHWRIGHT_KUBECONFIG: '/c' }).kubeconfig).toEqual(['/c'])
  })

  it('tell every fault at once', () => {
    const faults = faultsOf(['--port', 'many', '--host', 'example.com', '--colour', 'red', 'now', '--helm'], {
      MESHWRIGHT_LOG_LEVEL: 'loud',
      MESHWRIGHT_AUTH: 'none',
      MESHWRIGHT_PUBLIC_URL: 'javascript:alert(1)',
      MESHWRIGHT_TLS_CERT: '/cert',
      MESHWRIGHT_CHART_MIRROR: '/proc',
    })
    const settings = [
      '--port',
      '--host',
      '--colour',
      '"now"',
      '--helm',
      '--log-level',
      '--auth',
      '--public-url',
      '--tls-cert',
      '--chart-mirror',
    ]
    for (const text of settings) expect(faults.join('\n')).toContain(text)
  })

  it('refuse to open the server to other machines without their consent', () => {
    expect(faultsOf(['--host', '0.0.0.0', '--public-url', 'https://mesh.example'])[0]).toContain('reachable from other machines')
    expect(faultsOf(['--host', '192.0.2.1'])).toHaveLength(1)
    expect(faultsOf(['--host', '0.0.0.0', '--auth', 'token'])[0]).toContain('--public-url')
    expect(faultsOf(['--host', '0.0.0.0', '--auth', 'token', '--public-url', 'https://mesh.example'])).toEqual([])
    for (const host of ['127.0.0.1', '::1', 'localhost']) expect(faultsOf(['--host', host])).toEqual([])
  })

  it('make a data directory that only its owner reads', () => {
    const dataDir = join(mkdtempSync(join(tmpdir(), 'meshwright-config-')), 'a', 'b')
    prepareDataDir({ dataDir })
    expect(statSync(dataDir).mode & 0o777).toBe(0o700)
    expect(() => prepareDataDir({ dataDir: '/dev/null/x' })).toThrow('cannot be used')
  })

  it('refuse a data directory that cannot be made, at once', () => {
    expect(() => prepareDataDir({ dataDir: '/proc/meshwright/data' })).toThrow('The data directory /proc/meshwright/data cannot be used.')
  })
})
