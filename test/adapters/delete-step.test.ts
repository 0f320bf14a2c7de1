import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { consulCatalog } from '../../adapters/consul/consul-catalog.js'
import { istioCatalog } from '../../adapters/istio/istio-catalog.js'
import { type ClusterSession, openClusterSession } from '../../adapters/runtime/cluster-session.js'
import { deleteStep } from '../../adapters/runtime/delete-step.js'
import { heldRemedy } from '../../adapters/runtime/held-remedy.js'
import type { Scene } from '../../adapters/runtime/mesh-adapter.js'
import { removeFinalizersAction } from '../../adapters/runtime/remove-finalizers-action.js'
import { type ScriptedApi, sendJson, startScriptedApi } from '../support/kubernetes/scripted-api.js'

const resources = [{ resource: 'configmaps', scope: 'Namespaced', responseKind: { kind: 'ConfigMap' }, verbs: ['get', 'delete'] }]
const core = { kind: 'APIGroupDiscoveryList', items: [{ metadata: { name: '' }, versions: [{ version: 'v1', resources }] }] }
const held = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'held', namespace: 'shop', finalizers: ['example.com/stay'] } }

let workDir: string
let api: ScriptedApi
let session: ClusterSession

beforeEach(async () => {
  workDir = await mkdtemp(join(tmpdir(), 'mw-delete-'))
  api = await startScriptedApi(({ path }, response) => {
    if (path === '/api') return sendJson(response, core)
    sendJson(response, path === '/apis' ? { kind: 'APIGroupDiscoveryList', items: [] } : held)
  })
  const grant = { url: api.url, caPem: api.ca, token: 't', expiresAt: undefined, namespaces: [], simulated: false }
  session = await openClusterSession({ grant, workDir, name: 'delete', signal: new AbortController().signal })
})
afterEach(async () => {
  await session[Symbol.asyncDispose]()
  await api.close()
  await rm(workDir, { recursive: true })
})

it.each([
  ['Consul', consulCatalog, `the action "${removeFinalizersAction(consulCatalog).title}" of Consul is the way out`],
  ['Istio', istioCatalog, 'kubectl get --output yaml shows the finalizers'],
])('points to a rescue only where the mesh has one: %s', async (_mesh, catalog, way) => {
  const signal = new AbortController().signal
  const options = { key: 'k', title: 't', component: '', objects: [held], timeoutMs: 0, equivalent: '', heldRemedy: heldRemedy(catalog) }
  const { run } = deleteStep({ session, signal } as Scene, options)
  const noFile = () => Promise.reject(new Error('no file'))
  await expect(run({ signal, deadline: Date.now() + 10_000, log: () => undefined, handOver: noFile })).rejects.toMatchObject({
    code: 'timeout',
    details: { cause: 'ConfigMap shop/held waits for example.com/stay', remedy: expect.stringContaining(way) },
  })
})
