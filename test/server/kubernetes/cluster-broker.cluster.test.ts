import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pino from 'pino'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { RequestedObject } from '../../../contract/operation.js'
import type { KubeConnection } from '../../../kube/connection.js'
import { snapshotObjects } from '../../../kube/snapshot-objects.js'
import { type ClusterBroker, type Grant, startClusterBroker } from '../../../server/kubernetes/cluster-broker.js'
import { connectCluster } from '../../../server/kubernetes/connect-cluster.js'
import type { GrantRequest } from '../../../server/kubernetes/grants.js'
import { parseUploadedKubeconfig } from '../../../server/kubernetes/kubeconfig.js'
import { startApiCluster } from '../../cluster/api-cluster.js'
import { clusterTest } from '../../cluster/cluster-test.js'
import type { AuditEvent } from '../../cluster/control-plane/audit-log.js'
import type { TestCluster } from '../../cluster/test-cluster.js'
import { type RawRequest, rawExchange, rawRequest } from '../../support/kubernetes/raw-request.js'

const describe = clusterTest('api', import.meta.url)

const json = { 'content-type': 'application/json' }
const configMap = JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'planted' } })
const deleteOptions = (fields: object) => JSON.stringify({ kind: 'DeleteOptions', apiVersion: 'v1', ...fields })
const maps = '/api/v1/namespaces/shop/configmaps'
const pod = '/api/v1/namespaces/shop/pods/web'
const evilPatch = JSON.stringify({ metadata: { labels: { evil: 'yes' } } })
const merge = { 'content-type': 'application/merge-patch+json' }

// What must never get through a grant that may not change anything: each is sent with a read grant and with a dry-run grant.
const forbidden: [string, RawRequest][] = [
  ['exec by POST', { method: 'POST', path: `${pod}/exec?command=id&stdout=true` }],
  ['exec by GET', { path: `${pod}/exec?command=id&stdout=true` }],
  ['attach', { method: 'POST', path: `${pod}/attach?stdout=true` }],
  ['port-forward', { method: 'POST', path: `${pod}/portforward?ports=80` }],
  ['the proxy of a pod', { path: `${pod}/proxy/` }],
  ['the proxy of a Service', { path: '/api/v1/namespaces/default/services/https:kubernetes:443/proxy/version' }],
  ['the proxy of a node, to a path', { path: '/api/v1/nodes/one/proxy/pods' }],
  ['the old proxy prefix', { path: '/api/v1/proxy/namespaces/default/services/kubernetes' }],
  [
    'a token of a service account',
    { method: 'POST', path: '/api/v1/namespaces/shop/serviceaccounts/default/token?dryRun=All', headers: json, body: '{"spec":{}}' },
  ],
  ['an ephemeral container', { method: 'PATCH', path: `${pod}/ephemeralcontainers?dryRun=All`, headers: merge, body: '{}' }],
  [
    'an eviction',
    {
      method: 'POST',
      path: `${pod}/eviction?dryRun=All`,
      headers: json,
      body: '{"apiVersion":"policy/v1","kind":"Eviction","metadata":{"name":"web"}}',
    },
  ],
  ['a binding', { method: 'POST', path: '/api/v1/namespaces/shop/bindings?dryRun=All', headers: json, body: '{}' }],
  ['finalizing a namespace', { method: 'PUT', path: '/api/v1/namespaces/shop/finalize', headers: json, body: '{}' }],
  ['a create without dry run', { method: 'POST', path: maps, headers: json, body: configMap }],
  [
    'a create with dryRun in the body',
    { method: 'POST', path: maps, headers: json, body: JSON.stringify({ ...JSON.parse(configMap), dryRun: ['All'] }) },
  ],
  ['dryRun=None', { method: 'POST', path: `${maps}?dryRun=None`, headers: json, body: configMap }],
  ['dryRun twice, All first', { method: 'POST', path: `${maps}?dryRun=All&dryRun=None`, headers: json, body: configMap }],
  ['an empty dryRun', { method: 'POST', path: `${maps}?dryRun=`, headers: json, body: configMap }],
  ['dryRun in other letters', { method: 'POST', path: `${maps}?dryrun=All`, headers: json, body: configMap }],
  ['a dryRun that Go drops (semicolon)', { method: 'POST', path: `${maps}?dryRun=All;x=1`, headers: json, body: configMap }],
  ['a dryRun that Go drops (broken escape)', { method: 'POST', path: `${maps}?dryRun=All&%zz=1`, headers: json, body: configMap }],
  [
    'a protobuf body',
    { method: 'POST', path: `${maps}?dryRun=All`, headers: { 'content-type': 'application/vnd.kubernetes.protobuf' }, body: 'k8s\0' },
  ],
  [
    'a CBOR body',
    { method: 'PATCH', path: `${maps}/victim?dryRun=All`, headers: { 'content-type': 'application/apply-patch+cbor' }, body: 'x' },
  ],
  ['a YAML body', { method: 'POST', path: `${maps}?dryRun=All`, headers: { 'content-type': 'application/yaml' }, body: 'a: 1' }],
  ['a compressed body', { method: 'POST', path: `${maps}?dryRun=All`, headers: { ...json, 'content-encoding': 'gzip' }, body: 'x' }],
  ['a patch without dry run', { method: 'PATCH', path: `${maps}/victim`, headers: merge, body: evilPatch }],
  ['a patch of status without dry run', { method: 'PATCH', path: `${pod}/status`, headers: merge, body: evilPatch }],
  ['a scale without dry run', { method: 'PUT', path: '/apis/apps/v1/namespaces/shop/deployments/web/scale', headers: json, body: '{}' }],
  ['a delete without dry run', { method: 'DELETE', path: `${maps}/victim` }],
  [
    'a delete with dryRun in the query and a body without it',
    { method: 'DELETE', path: `${maps}/victim?dryRun=All`, headers: json, body: deleteOptions({ gracePeriodSeconds: 0 }) },
  ],
  [
    'a delete with dryRun in the query and [] in the body',
    { method: 'DELETE', path: `${maps}/victim?dryRun=All`, headers: json, body: deleteOptions({ dryRun: [] }) },
  ],
  [
    'a delete with dryRun only under another name',
    { method: 'DELETE', path: `${maps}/victim`, headers: json, body: deleteOptions({ DryRun: ['All'] }) },
  ],
  [
    'a delete whose second dryRun takes back the first',
    {
      method: 'DELETE',
      path: `${maps}/victim`,
      headers: json,
      body: '{"kind":"DeleteOptions","apiVersion":"v1","dryRun":["All"],"dryRun":[]}',
    },
  ],
  ['a delete with a body that is no DeleteOptions', { method: 'DELETE', path: `${maps}/victim?dryRun=All`, headers: json, body: 'null' }],
  [
    'a delete with a protobuf body',
    {
      method: 'DELETE',
      path: `${maps}/victim?dryRun=All`,
      headers: { 'content-type': 'application/vnd.kubernetes.protobuf' },
      body: 'k8s\0',
    },
  ],
  ['deletecollection', { method: 'DELETE', path: `${maps}?dryRun=All` }],
  [
    'an aggregated group, which may ignore dry run',
    {
      method: 'POST',
      path: '/apis/fake.example.com/v1alpha1/namespaces/shop/things?dryRun=All',
      headers: json,
      body: '{"metadata":{"name":"x"}}',
    },
  ],
  ['a path with an escaped slash', { method: 'DELETE', path: '/api/v1/namespaces/shop%2fconfigmaps/victim?dryRun=All' }],
  ['a path with two slashes', { path: '/api/v1//namespaces/shop/configmaps' }],
  ['a path that climbs', { path: '/api/v1/namespaces/../nodes' }],
  ['a path with a matrix parameter', { path: '/api/v1/namespaces;x=1/shop' }],
  ['the old watch prefix', { path: '/api/v1/watch/namespaces/shop/secrets' }],
  ['metrics of the API server', { path: '/metrics' }],
  ['logs of the node', { path: '/logs/' }],
  [
    'a review of somebody else',
    { method: 'POST', path: '/apis/authorization.k8s.io/v1/subjectaccessreviews?dryRun=All', headers: json, body: '{}' },
  ],
  ['a token review', { method: 'POST', path: '/apis/authentication.k8s.io/v1/tokenreviews?dryRun=All', headers: json, body: '{}' }],
  ['another method in a header', { path: `${maps}/victim`, method: 'POST', headers: { 'x-http-method-override': 'DELETE' } }],
  ['HEAD', { method: 'HEAD', path: maps }],
  ['OPTIONS', { method: 'OPTIONS', path: maps }],
  ['TRACE', { method: 'TRACE', path: maps }],
]

describe('the cluster broker in front of a real API server', () => {
  let cluster: TestCluster
  let real: KubeConnection
  let broker: ClusterBroker
  let dataDir: string
  let requested: RequestedObject[] = []

  const open = (options: Partial<GrantRequest>): Grant =>
    broker.openGrant({
      operation: 'op',
      connection: real,
      scope: 'cluster',
      mode: 'read',
      expiresAt: new Date(Date.now() + 600_000),
      onRequested: (entry) => requested.push(entry),
      ...options,
    })
  const kubeconfigFor = async ({ url, ca, token }: Grant): Promise<string> => {
    const path = join(dataDir, `${Math.random()}.kubeconfig`)
    const data = Buffer.from(ca).toString('base64')
    const config = {
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [{ name: 'broker', cluster: { server: url, 'certificate-authority-data': data } }],
      users: [{ name: 'grant', user: { token } }],
      contexts: [{ name: 'broker', context: { cluster: 'broker', user: 'grant' } }],
      'current-context': 'broker',
    }
    await writeFile(path, JSON.stringify(config), { mode: 0o600 })
    return path
  }
  const versions = async (): Promise<Record<string, string>> => {
    const { objects, unreadable } = await snapshotObjects(real)
    expect(unreadable.filter(({ kind }) => !kind.startsWith('fake.example.com'))).toEqual([])
    // These change by themselves.
    const still = objects.filter(({ kind }) => !['Event', 'Lease', 'APIService'].includes(kind))
    return Object.fromEntries(still.map((one) => [`${one.kind} ${one.namespace}/${one.name}`, one.resourceVersion]))
  }

  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'meshwright-broker-'))
    cluster = await startApiCluster()
    real = connectCluster(parseUploadedKubeconfig(cluster.kubeconfigText))
    broker = await startClusterBroker({ dataDir, log: pino({ level: 'silent' }) })
    await cluster.kubectl(['create', 'namespace', 'shop'])
    await cluster.kubectl(['create', 'namespace', 'other'])
    await cluster.kubectl(['wait', '--for=create', 'serviceaccount/default', '-n=shop', '--timeout=20s'])
    await cluster.kubectl(['create', 'configmap', 'victim', '-n=shop'])
    await cluster.kubectl(['run', 'web', '--image=example.invalid/web', '-n=shop'])
    await cluster.kubectl(['create', 'deployment', 'web', '--image=example.invalid/web', '--replicas=0', '-n=shop'])
    const service = { apiVersion: 'apiregistration.k8s.io/v1', kind: 'APIService', metadata: { name: 'v1alpha1.fake.example.com' } }
    const spec = {
      group: 'fake.example.com',
      version: 'v1alpha1',
      groupPriorityMinimum: 1,
      versionPriority: 1,
      insecureSkipTLSVerify: true,
      service: { name: 'fake', namespace: 'shop' },
    }
    const file = join(dataDir, 'api-service.json')
    await writeFile(file, JSON.stringify({ ...service, spec }))
    await cluster.kubectl(['apply', '-f', file])
    await cluster.kubectl(['wait', '--for=jsonpath={.status.observedGeneration}=1', 'deployment/web', '-n=shop', '--timeout=20s'])
  })

  afterAll(async () => {
    await broker?.close()
    await real?.close()
    await cluster?.stop()
    await rm(dataDir, { recursive: true, force: true })
  })

  it.each(['read', 'dry-run'] as const)('lets a %s grant change nothing, whatever is tried', async (mode) => {
    const grant = open({ mode })
    const before = await versions()
    const passed: string[] = []
    for (const [title, request] of forbidden) {
      const answer = await rawRequest(grant, { ...request, headers: { 'user-agent': `attack-${mode}`, ...request.headers } })
      const isRefusedByUs = answer.status >= 400 && (request.method === 'HEAD' || answer.message.startsWith('Meshwright: '))
      if (!isRefusedByUs) passed.push(`${title}: ${answer.status} ${answer.text.slice(0, 200)}`)
    }
    expect(passed).toEqual([])
    expect((await cluster.auditEvents()).filter(({ userAgent }) => userAgent === `attack-${mode}`)).toEqual([])
    expect(await versions()).toEqual(before)
  })

  it('refuses a connection upgrade, and a request target in absolute form', async () => {
    const grant = open({ mode: 'write' })
    const { host } = new URL(grant.url)
    const headers = `Host: ${host}\r\nAuthorization: Bearer ${grant.token}\r\n`
    const upgrade = await rawExchange(
      grant,
      `GET ${pod}/exec?command=id HTTP/1.1\r\n${headers}Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n`,
    )
    expect(upgrade).toMatch(/^HTTP\/1\.1 403 /)
    const absolute = await rawExchange(grant, `GET ${cluster.url}/api/v1/secrets HTTP/1.1\r\n${headers}Connection: close\r\n\r\n`)
    expect(absolute).toMatch(/^HTTP\/1\.1 400 /)
    const smuggled = await rawExchange(
      grant,
      `POST ${maps} HTTP/1.1\r\n${headers}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    )
    expect(smuggled).toMatch(/^HTTP\/1\.1 400 /)
  })

  it('also keeps exec, proxy, tokens and reviews of others from a write grant', async () => {
    const grant = open({ mode: 'write' })
    const titles = [
      'exec by POST',
      'exec by GET',
      'attach',
      'port-forward',
      'the proxy of a pod',
      'the proxy of a Service',
      'a token of a service account',
      'an ephemeral container',
      'an eviction',
      'a binding',
      'finalizing a namespace',
      'a token review',
      'a review of somebody else',
    ]
    for (const [title, request] of forbidden.filter(([name]) => titles.includes(name))) {
      const { status, message } = await rawRequest(grant, request)
      expect([title, message.startsWith('Meshwright: '), status >= 400]).toEqual([title, true, true])
    }
  })

  it('does dry runs for a dry-run grant, and they leave no trace and no entry', async () => {
    const grant = open({ mode: 'dry-run' })
    requested = []
    const before = await versions()
    const created = await rawRequest(grant, { method: 'POST', path: `${maps}?dryRun=All`, headers: json, body: configMap })
    expect([created.status, JSON.parse(created.text).kind]).toEqual([201, 'ConfigMap'])
    const patched = await rawRequest(grant, { method: 'PATCH', path: `${maps}/victim?dryRun=All`, headers: merge, body: evilPatch })
    expect(JSON.parse(patched.text).metadata.labels).toEqual({ evil: 'yes' })
    for (const [path, body] of [
      [`${maps}/victim?dryRun=All`, ''],
      [`${maps}/victim`, deleteOptions({ dryRun: ['All'] })],
      [`${maps}/victim?dryRun=All`, deleteOptions({ dryRun: ['All'] })],
    ] as const) {
      expect((await rawRequest(grant, { method: 'DELETE', path, headers: json, body })).status).toBe(200)
    }
    const review = {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SelfSubjectAccessReview',
      spec: { resourceAttributes: { verb: 'create', resource: 'pods' } },
    }
    const reviewed = await rawRequest(grant, {
      method: 'POST',
      path: '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
      headers: json,
      body: JSON.stringify(review),
    })
    expect(JSON.parse(reviewed.text).status.allowed).toBe(true)
    expect(await versions()).toEqual(before)
    expect(requested).toEqual([])
  })

  it('lists as requested exactly what the audit log holds for that identity', async () => {
    requested = []
    const grant = open({ mode: 'write', operation: 'op-audit', actAs: { user: 'op-audit', groups: ['system:masters'] } })
    const kubeconfig = await kubeconfigFor(grant)
    const kubectl = (...argv: string[]) => cluster.kubectl([`--kubeconfig=${kubeconfig}`, '--namespace=shop', ...argv])
    const file = join(dataDir, 'one.json')
    await writeFile(file, '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"one"}}')
    await kubectl('create', '-f', file)
    await expect(kubectl('create', '-f', file)).rejects.toThrow(/already exists/)
    await kubectl('apply', '--server-side', '-f', file)
    await kubectl('apply', '--server-side', '-f', file, '--dry-run=server')
    await kubectl('label', 'configmap', 'one', 'a=b')
    await kubectl('scale', 'deployment', 'web', '--replicas=1')
    await kubectl('delete', 'configmap', 'one')
    await kubectl('delete', 'configmap', '--field-selector=metadata.name=absent', '--ignore-not-found')
    await rawRequest(grant, { method: 'POST', path: maps, headers: json, body: '{"metadata":{"generateName":"made-"}}' })
    await rawRequest(grant, { method: 'DELETE', path: '/apis/apps/v1/namespaces/shop/statefulsets' })
    await helmChart(join(dataDir, 'chart'))
    const helm = (...argv: string[]) => cluster.helm([...argv, '--namespace=fresh', `--kubeconfig=${kubeconfig}`])
    await helm('install', 'small', join(dataDir, 'chart'), '--create-namespace', '--dry-run=server')
    await helm('install', 'small', join(dataDir, 'chart'), '--create-namespace')
    await helm('uninstall', 'small')

    const changing = ['create', 'update', 'patch', 'delete', 'deletecollection']
    const real = (await cluster.auditEvents()).filter(
      ({ impersonatedUser, verb, requestURI }) =>
        impersonatedUser?.username === 'op-audit' &&
        changing.includes(verb) &&
        !requestURI.includes('dryRun=') &&
        !requestURI.includes('selfsubject'),
    )
    expect(requested.map(asLine)).toEqual(real.map(asAuditLine))
    expect(requested.length).toBeGreaterThan(12)
    expect(requested.map(({ object }) => `${object.kind} ${object.name}`)).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^ConfigMap made-.{5}$/),
        'Namespace fresh',
        'Deployment web',
        'StatefulSet ',
        'Secret sh.helm.release.v1.small.v1',
      ]),
    )
  })

  it('keeps a namespaced grant inside its namespaces', async () => {
    const grant = open({ mode: 'write', scope: ['shop'] })
    const status = async (method: string, path: string, body = '') =>
      (await rawRequest(grant, { method, path, headers: method === 'PATCH' ? merge : json, body })).status
    expect(await status('GET', maps)).toBe(200)
    expect(await status('GET', '/api/v1/namespaces/shop')).toBe(200)
    expect(await status('GET', '/apis/apiextensions.k8s.io/v1/customresourcedefinitions')).toBe(200)
    expect(await status('GET', '/version')).toBe(200)
    expect(await status('PATCH', '/api/v1/namespaces/shop', '{"metadata":{"labels":{"x":"y"}}}')).toBe(200)
    for (const path of [
      '/api/v1/configmaps',
      '/api/v1/namespaces/other/configmaps',
      '/api/v1/namespaces',
      '/api/v1/namespaces/other',
      '/api/v1/nodes',
      '/apis/rbac.authorization.k8s.io/v1/clusterroles',
    ]) {
      expect([path, await status('GET', path)]).toEqual([path, 403])
    }
    expect(await status('POST', '/api/v1/namespaces', '{"metadata":{"name":"mine"}}')).toBe(403)
    expect(await status('DELETE', '/api/v1/namespaces/shop')).toBe(403)
    expect(await status('POST', '/api/v1/namespaces/other/configmaps', configMap)).toBe(403)
  })

  it('asks as the identity of the grant, never as one that the client names', async () => {
    const grant = open({ actAs: { user: 'dora', groups: ['team', 'crew'], extra: { 'example.com/Reason': ['a plan'] } } })
    const path = '/apis/authentication.k8s.io/v1/selfsubjectreviews'
    const body = '{"apiVersion":"authentication.k8s.io/v1","kind":"SelfSubjectReview"}'
    const headers = { ...json, 'impersonate-user': 'root', 'impersonate-group': 'system:masters', connection: 'impersonate-user, close' }
    const { userInfo } = JSON.parse((await rawRequest(grant, { method: 'POST', path, headers, body })).text).status
    expect(userInfo).toMatchObject({ username: 'dora', extra: { 'example.com/reason': ['a plan'] } })
    expect(userInfo.groups).toEqual(expect.arrayContaining(['team', 'crew']))
    expect(userInfo.groups).not.toContain('system:masters')
    const denied = await rawRequest(grant, { path: '/api/v1/secrets' })
    expect([denied.status, denied.message]).toEqual([403, expect.stringContaining('"dora"')])
  })

  it('streams a watch, and cuts it when the grant ends', async () => {
    const grant = open({ mode: 'read' })
    const watch = rawRequest(grant, { path: `${maps}?watch=1&fieldSelector=metadata.name%3Dseen` })
    watch.catch(() => undefined)
    await expect.poll(async () => (await cluster.auditEvents()).some((event) => event.requestURI.includes('Dseen'))).toBe(true)
    await grant.revoke()
    await expect(watch).rejects.toThrow(/aborted|hang up|closed/)
    const late = await rawRequest(grant, { path: maps })
    expect([late.status, late.message]).toEqual([403, 'Meshwright: the grant of op has ended'])
  })
})

async function helmChart(folder: string): Promise<void> {
  await mkdir(join(folder, 'templates'), { recursive: true })
  await writeFile(join(folder, 'Chart.yaml'), 'apiVersion: v2\nname: small\nversion: 1.0.0\n')
  const map = 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: from-helm\n'
  await writeFile(join(folder, 'templates', 'map.yaml'), `${map}data:\n  n: {{ len (lookup "v1" "Namespace" "" "default") | quote }}\n`)
}

function asLine({ auditId, verb, status, object, subresource }: RequestedObject): unknown[] {
  return [auditId, verb, status, object.namespace, object.name, subresource]
}

// The audit log names a new object by its path alone, so a create without a name in the path has none there: the test takes
// the name from the object list of the answer and compares the rest.
function asAuditLine({ auditID, verb, responseStatus, objectRef }: AuditEvent): unknown[] {
  const isNamespaceItself = objectRef?.resource === 'namespaces'
  const name = objectRef?.name ?? (verb === 'create' ? expect.any(String) : '')
  return [auditID, verb, responseStatus?.code, isNamespaceItself ? '' : (objectRef?.namespace ?? ''), name, objectRef?.subresource]
}
