import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Agent } from 'undici'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { kumaChecks } from '../../adapters/kuma/kuma-checks.js'
import { Severity } from '../../proto/gen/meshwright/adapter/v1/adapter.js'
import { sandboxClient } from '../sandbox/fill-sandbox.js'
import { type RunningSandbox, startSandbox } from '../sandbox/sandbox-under-test.js'
import { lookAtMesh } from './look-at-mesh.js'

// The API is the simulated one; the Service is as Kuma's chart makes it, and what a load balancer says of it is put there.
describe('The address of a global control plane of Kuma for its zones', () => {
  const dispatcher = new Agent()
  let folder: string
  let sandbox: RunningSandbox
  let made = 0

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'mw-zones-'))
    sandbox = await startSandbox('empty')
  })
  afterAll(async () => {
    await Promise.all([sandbox?.stop(), dispatcher.close()])
    await rm(folder, { recursive: true, force: true })
  })

  /** What is said of a Service in a namespace of its own. */
  const look = async (spec: object, ingress: object[] = [], port: object = {}) => {
    const api = sandboxClient(sandbox, dispatcher)
    const namespace = `kuma-${made++}`
    const services = `/api/v1/namespaces/${namespace}/services`
    const metadata = { name: 'kuma-global-zone-sync', namespace }
    const ports = [{ name: 'global-zone-sync', port: 5685, ...port }]
    await api.create('/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } })
    const service = { apiVersion: 'v1', kind: 'Service', metadata, spec: { ports, ...spec } }
    expect((await api.create(services, service)).status).toBe(201)
    const body = { status: { loadBalancer: { ingress } } }
    const patch = await api.ask('PATCH', `${services}/${metadata.name}/status`, { body, type: 'application/merge-patch+json' })
    expect(patch.status).toBe(200)
    const grant = { url: sandbox.url, caPem: '', token: sandbox.token, expiresAt: undefined, namespaces: [], simulated: false }
    const { findings, codes } = await lookAtMesh(kumaChecks, { grant, workDir: folder, namespace })
    return { said: findings.filter(({ code }) => code.startsWith('global-address')), codes }
  }

  it.each([
    [[{ ip: '192.0.2.10' }], 'grpcs://192.0.2.10:5685'],
    [[{ hostname: 'zones.example.com' }, { ip: '2001:db8::1' }], 'grpcs://zones.example.com:5685 or grpcs://[2001:db8::1]:5685'],
  ])('is told as its load balancer has it: %j', async (ingress, addresses) => {
    const { said, codes } = await look({ type: 'LoadBalancer' }, ingress)
    expect(said).toMatchObject([
      {
        code: 'global-address',
        severity: Severity.SEVERITY_INFO,
        message: `Zones reach this global control plane under ${addresses}.`,
        remedy: 'Name this installation (global) or the address (globalAddress) where a zone is installed.',
        object: { kind: 'Service', name: 'kuma-global-zone-sync' },
      },
    ])
    expect(codes).toContain('zone-address')
  })

  it('is a port of each node where the Service is of that type', async () => {
    const { said } = await look({ type: 'NodePort' }, [], { nodePort: 30685 })
    expect(said).toMatchObject([
      { code: 'global-address', message: 'Zones reach this global control plane under port 30685 of each node.' },
    ])
  })

  it.each([
    ['LoadBalancer', /needs controlPlane\.globalZoneSyncService\.type: NodePort\.$/],
    ['ClusterIP', /type to LoadBalancer or NodePort/],
  ])('is missed where a Service of type %s has none', async (type, remedy) => {
    const { said, codes } = await look({ type })
    expect(said).toMatchObject([
      {
        code: 'global-address-missing',
        severity: Severity.SEVERITY_WARNING,
        message: 'This global control plane has no address from outside yet.',
        remedy: expect.stringMatching(remedy),
      },
    ])
    expect(codes).not.toContain('zone-address')
  })

  it('is no matter for a zone', async () => {
    expect((await look({ type: 'LoadBalancer' }, [{ ip: '192.0.2.10' }], { name: 'dp-server' })).said).toEqual([])
  })
})
