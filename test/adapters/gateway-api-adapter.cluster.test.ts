import { randomUUID } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import type { KubeObject } from '../../kube/kube-object.js'
import { Change, type Grant, Severity, Verdict, type WatchResponse } from '../../proto/gen/meshwright/adapter/v1/adapter.js'
import { clusterTest } from '../cluster/cluster-test.js'
import { deleteDefinitions } from '../cluster/support/delete-definitions.js'
import type { TestCluster } from '../cluster/test-cluster.js'
import { callOf } from './adapter-contract.js'
import { type AdapterUnderTest, startAdapter } from './adapter-under-test.js'
import { journalOf, outcomeOf, startGrantedCluster, startOf } from './cluster-grant.js'

const describe = clusterTest('api', import.meta.url)

const bundle = async (version: string): Promise<KubeObject[]> =>
  JSON.parse(gunzipSync(await readFile(`adapters/kubernetes/gateway-api/bundles/${version}.json.gz`)).toString())
const annotation = (key: string) => `gateway.networking.k8s.io/${key}`

describe('The Gateway API adapter on a real API server', () => {
  let cluster: TestCluster
  let grant: Grant
  let adapter: AdapterUnderTest

  beforeAll(async () => {
    ;({ cluster, grant } = await startGrantedCluster())
  })
  beforeEach(async () => {
    adapter = await startAdapter({ mesh: 'gateway-api', mainFile: resolve('dist/adapters/kubernetes/gateway-api/adapter.js') })
  })
  afterEach(async () => {
    await adapter?.[Symbol.asyncDispose]()
    await cluster.kubectl(['delete', 'validatingadmissionpolicybindings,validatingadmissionpolicies', '--all'])
    await deleteDefinitions(cluster)
  })
  afterAll(() => cluster?.stop())

  const install = callOf('install', { version: '1.6.1' })
  const upgrade = callOf('upgrade', { version: '1.6.1' })
  const uninstall = callOf('uninstall')
  const create = async (objects: KubeObject[], manager = 'kubectl') => {
    const input = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects })
    await cluster.kubectl(['apply', '--server-side', `--field-manager=${manager}`, '-f', '-'], { input })
  }
  const marked = (objects: KubeObject[], annotations: Record<string, string>): KubeObject[] =>
    objects.map(
      ({ metadata, ...object }) =>
        ({ ...object, metadata: { ...metadata, annotations: { ...metadata.annotations, ...annotations } } }) as KubeObject,
    )
  const oneRoute = () =>
    create([{ apiVersion: 'gateway.networking.k8s.io/v1', kind: 'HTTPRoute', metadata: { name: 'web', namespace: 'default' }, spec: {} }])

  /** Runs to the end; `answer` is what the server says of the file that it was given. */
  const run = async (
    call: typeof install,
    { confirmed = [], answer }: { confirmed?: string[]; answer?: (sha256: string) => Promise<string> } = {},
  ) => {
    const operation = randomUUID()
    await adapter.start(startOf(await adapter.plan(call, grant), { operation, call, grant, confirmed }))
    const entries: WatchResponse[] = []
    for await (const entry of adapter.client.watch({ operation, afterIncarnation: '', afterN: 0n }, adapter.metadata)) {
      entries.push(entry)
      if (entry.entry?.$case !== 'artifact' || entry.entry.value.sha256 === '' || answer === undefined) continue
      const { name, sha256 } = entry.entry.value
      const word = { operation, name, sha256: await answer(sha256) }
      await new Promise((told, failed) =>
        adapter.client.artifactKept(word, adapter.metadata, (error) => (error ? failed(error) : told(undefined))),
      )
    }
    return entries
  }
  const findings = async (call: typeof install) => (await adapter.plan(call, grant)).of('finding')

  it('judges every object of the bundle by the API server, and applies them all', async () => {
    const plan = await adapter.plan(install, grant)
    expect(plan.of('object').map(({ change, verdict }) => [change, verdict])).toEqual(
      Array.from({ length: 12 }, () => [Change.CHANGE_CREATE, Verdict.VERDICT_SERVER]),
    )
    expect(plan.of('confirmation')).toEqual([])
    expect(journalOf(await run(install)).at(-1)).toBe('outcome succeeded clean')
    const again = await adapter.plan(install, grant)
    expect(again.of('object').map(({ change }) => change)).toEqual(Array.from({ length: 12 }, () => Change.CHANGE_KEEP))
    expect(again.of('finding').map(({ code }) => code)).toEqual(['installation-present'])
  })

  it('takes definitions over from a helm release only after a yes to a text that names it', async () => {
    const release = { 'meta.helm.sh/release-name': 'consul', 'meta.helm.sh/release-namespace': 'mesh' }
    await create(marked((await bundle('1.2.1')).slice(0, 5), release), 'helm')
    expect((await findings(install)).map(({ code }) => code)).toContain('installation-present')
    const plan = await adapter.plan(upgrade, grant)
    expect(plan.of('confirmation')).toMatchObject([
      { code: 'take-over', text: expect.stringContaining('5 definitions from the helm release mesh/consul') },
    ])
    expect(plan.of('object')[1]?.foreignOwners).toEqual(['helm'])
    expect(journalOf(await run(upgrade, { confirmed: ['take-over'] })).at(-1)).toBe('outcome succeeded clean')
    const kept = await cluster.kubectl([
      'get',
      'crd',
      'gateways.gateway.networking.k8s.io',
      '-o',
      'jsonpath={.metadata.annotations.helm\\.sh/resource-policy}',
    ])
    expect(kept).toBe('keep')
    expect((await adapter.plan(upgrade, grant)).of('confirmation')).toEqual([])
  })

  it('leaves definitions to whoever brings back what others change', async () => {
    await create(marked((await bundle('1.2.1')).slice(0, 5), { 'components.gke.io/component-version': '1' }), 'addon')
    for (const call of [upgrade, uninstall]) {
      const refused = (await findings(call)).find(({ code }) => code === 'installer-not-ours')
      expect(refused).toMatchObject({ severity: Severity.SEVERITY_ERROR, message: '5 definitions of the Gateway API belong to GKE.' })
    }
  })

  it('asks before definitions of the experimental channel become standard ones', async () => {
    await create(marked((await bundle('1.5.1')).slice(0, 3), { [annotation('channel')]: 'experimental' }))
    const confirmations = (await adapter.plan(upgrade, grant)).of('confirmation')
    expect(confirmations.map(({ code, destructive }) => [code, destructive])).toEqual([
      ['take-over', false],
      ['channel-change', true],
    ])
    expect(confirmations[1]?.text).toContain('3 definitions are of the experimental channel (backendtlspolicies, gatewayclasses, gateways)')
  })

  it('refuses a definition that would lose a version in which objects are stored, and says the way out', async () => {
    const old = (await bundle('1.2.1')).filter(({ metadata }) => metadata.name?.startsWith('grpcroutes'))
    await create(old.map((definition) => addVersion(definition, 'v1alpha2')))
    await cluster.kubectl([
      ...['patch', 'crd', 'grpcroutes.gateway.networking.k8s.io', '--subresource=status', '--type=merge'],
      ...['-p', '{"status":{"storedVersions":["v1alpha2","v1"]}}'],
    ])
    const lost = (await findings(upgrade)).find(({ code }) => code === 'stored-version-lost')
    expect(lost?.message).toContain('may hold objects in version v1alpha2')
    expect(lost?.remedy).toContain('kubectl get grpcroutes.gateway.networking.k8s.io --all-namespaces -o yaml | kubectl replace -f -')
    expect(lost?.remedy).toContain(`-p '{"status":{"storedVersions":["v1"]}}'`)
  })

  it('names its users before it is uninstalled, and deletes nothing while what the server stored is not what the cluster has', async () => {
    await run(install)
    await create([gatewayClass('istio', 'istio.io/gateway-controller'), gatewayClass('nobody', 'example.com/nobody')])
    const used = (await findings(uninstall)).find(({ code }) => code === 'gateway-api-used')
    expect(used).toMatchObject({ severity: Severity.SEVERITY_WARNING, cause: expect.stringContaining('GatewayClass istio') })
    expect(used?.message).toContain('istio.io/gateway-controller')

    const sent = async () => 'other'
    const grown = (sha256: string) => oneRoute().then(() => sha256)
    for (const answer of [sent, grown]) {
      const entries = await run(uninstall, { confirmed: ['definitions-lost'], answer })
      expect(outcomeOf(entries)).toMatchObject({
        state: 'failed',
        world: 'clean',
        problem: { title: expect.stringContaining('nothing was deleted') },
      })
      expect((await cluster.kubectl(['get', 'crd', '-o', 'name'])).trim().split('\n')).toHaveLength(10)
    }
  })
})

function gatewayClass(name: string, controllerName: string): KubeObject {
  return { apiVersion: 'gateway.networking.k8s.io/v1', kind: 'GatewayClass', metadata: { name }, spec: { controllerName } } as KubeObject
}

function addVersion(definition: KubeObject, name: string): KubeObject {
  const spec = definition.spec as { versions: { name: string; storage: boolean }[] }
  const [first] = spec.versions
  return { ...definition, spec: { ...spec, versions: [{ ...first, name, storage: false }, ...spec.versions] } }
}
