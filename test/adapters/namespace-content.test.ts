import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { type ClusterSession, openClusterSession } from '../../adapters/runtime/cluster-session.js'
import { nameOf } from '../../adapters/runtime/manifests.js'
import type { Scene, StepContext } from '../../adapters/runtime/mesh-adapter.js'
import { deleteNamespaceStep } from '../../adapters/runtime/sample/leave-namespace-step.js'
import { readContent } from '../../adapters/runtime/sample/namespace-content.js'
import { type ScriptedApi, sendJson, startScriptedApi } from '../support/kubernetes/scripted-api.js'

const kinds = [
  ['namespaces', 'Namespace', 'Cluster'],
  ['nodes', 'Node', 'Cluster'],
  ['pods', 'Pod', 'Namespaced'],
  ['secrets', 'Secret', 'Namespaced'],
  ['configmaps', 'ConfigMap', 'Namespaced'],
]
const resources = kinds.map(([resource, kind, scope]) => ({ resource, scope, responseKind: { kind }, verbs: ['list', 'get', 'delete'] }))
const core = { kind: 'APIGroupDiscoveryList', items: [{ metadata: { name: '' }, versions: [{ version: 'v1', resources }] }] }
const owned = (name: string, ...owners: string[]) => {
  const ownerReferences = owners.map((kind) => ({ apiVersion: 'v1', kind, name: 'owner', uid: `${kind}-uid`, controller: false }))
  return { metadata: { name, namespace: 'lab', uid: name, ...(owners.length > 0 ? { ownerReferences } : {}) } }
}

let workDir: string
let api: ScriptedApi
let session: ClusterSession
/** By plural. */
let items: Record<string, object[]>
let refused: Record<string, number>
let deleted: string[]

beforeEach(async () => {
  workDir = await mkdtemp(join(tmpdir(), 'mw-content-'))
  ;[items, refused, deleted] = [{}, {}, []]
  api = await startScriptedApi(({ path, method }, response) => {
    if (path === '/api') return sendJson(response, core)
    if (path === '/apis') return sendJson(response, { kind: 'APIGroupDiscoveryList', items: [] })
    if (method === 'DELETE') deleted.push(path)
    const plural = path.split('/').at(-1) ?? ''
    const status = refused[plural] ?? (path === '/api/v1/namespaces/lab' ? 404 : 200)
    const reasons: Record<number, string> = { 403: 'Forbidden', 405: 'MethodNotAllowed' }
    if (status !== 200) return sendJson(response, { kind: 'Status', message: 'no', reason: reasons[status] }, status)
    sendJson(response, { kind: 'List', metadata: {}, items: items[plural] ?? [] })
  })
  const grant = { url: api.url, caPem: api.ca, token: 't', expiresAt: undefined, namespaces: [], simulated: false }
  session = await openClusterSession({ grant, workDir, name: 'content', signal: new AbortController().signal })
})
afterEach(async () => {
  await session[Symbol.asyncDispose]()
  await api.close()
  await rm(workDir, { recursive: true })
})

const foreign = async () => (await readContent(session, 'lab')).foreign.map(nameOf)

it('tells of an object only where no other one in the namespace stands for it', async () => {
  items = { pods: [owned('web')], secrets: [owned('of-pod', 'Pod'), owned('of-node', 'Node'), owned('of-both', 'Pod', 'Node')] }
  expect(await foreign()).toEqual(['Pod lab/web', 'Secret lab/of-node', 'Secret lab/of-both'])
  // An owner that is away already: what it owned is collected.
  items = { secrets: [owned('of-pod', 'Pod')] }
  expect(await foreign()).toEqual([])
  refused = { pods: 403 }
  expect(await foreign()).toEqual(['Secret lab/of-pod'])
})

it.each([
  [403, 'v1 Secret (403 Forbidden)'],
  [405, 'v1 Secret (405 MethodNotAllowed)'],
])('counts a kind as unseen, with the reason, after %i', async (status, unseen) => {
  refused = { secrets: status }
  expect((await readContent(session, 'lab')).unseen).toEqual([unseen])
})

it('takes no other failure for an empty list', async () => {
  refused = { secrets: 500 }
  await expect(readContent(session, 'lab')).rejects.toMatchObject({ status: 500 })
})

it('deletes no namespace of which a part cannot be seen at that moment', async () => {
  const signal = new AbortController().signal
  const scene = { session, signal } as Scene
  const context: StepContext = {
    signal,
    deadline: Date.now() + 10_000,
    log: () => undefined,
    handOver: () => Promise.reject(new Error('no file')),
  }
  const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'lab' } }
  const { run } = deleteNamespaceStep(scene, { namespace, timeoutMs: 5_000 })
  refused = { secrets: 403 }
  await expect(run(context)).rejects.toMatchObject({
    ...{ code: 'conflict', message: expect.stringContaining('stays') },
    details: { cause: expect.stringContaining('v1 Secret (403 Forbidden)') },
  })
  expect(deleted).toEqual([])
  refused = {}
  await run(context)
  expect(deleted).toEqual(['/api/v1/namespaces/lab'])
})
