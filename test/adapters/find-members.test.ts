import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { istioCatalog } from '../../adapters/istio/istio-catalog.js'
import { type ClusterSession, openClusterSession } from '../../adapters/runtime/cluster-session.js'
import { findMembers } from '../../adapters/runtime/find-members.js'
import { type ScriptedApi, sendJson, startScriptedApi } from '../support/kubernetes/scripted-api.js'

const core = {
  kind: 'APIGroupDiscoveryList',
  items: [
    {
      metadata: { name: '' },
      versions: [
        {
          version: 'v1',
          resources: [
            { resource: 'pods', scope: 'Namespaced', singularResource: 'pod', responseKind: { kind: 'Pod' }, verbs: ['list'] },
            {
              resource: 'namespaces',
              scope: 'Cluster',
              singularResource: 'namespace',
              responseKind: { kind: 'Namespace' },
              verbs: ['list'],
            },
          ],
        },
      ],
    },
  ],
}
const injected = { annotations: { 'sidecar.istio.io/status': '{}' } }
const pods = [
  { metadata: { name: 'in', namespace: 'shop', ...injected } },
  { metadata: { name: 'leaving', namespace: 'shop', ...injected, deletionTimestamp: '2026-11-23T10:00:00Z' } },
  { metadata: { name: 'plain', namespace: 'shop' } },
  { metadata: { name: 'istiod-1', namespace: 'istio-system', ...injected, labels: { app: 'istiod' } } },
]

let workDir: string
let api: ScriptedApi
let session: ClusterSession

beforeEach(async () => {
  workDir = await mkdtemp(join(tmpdir(), 'mw-members-'))
  api = await startScriptedApi(({ path }, response) => {
    if (path === '/api') return sendJson(response, core)
    if (path === '/apis') return sendJson(response, { kind: 'APIGroupDiscoveryList', items: [] })
    sendJson(response, { kind: 'List', metadata: {}, items: path.endsWith('/pods') ? pods : [] })
  })
  const grant = { url: api.url, caPem: api.ca, token: 't', expiresAt: undefined, namespaces: [], simulated: false }
  session = await openClusterSession({ grant, workDir, name: 'members', signal: new AbortController().signal })
})
afterEach(async () => {
  await session[Symbol.asyncDispose]()
  await api.close()
  await rm(workDir, { recursive: true })
})

it('counts pods that are in the mesh, but none of its own and none that is on its way out', async () => {
  const found = await findMembers(session, istioCatalog)
  expect(found.pods.map(({ object }) => object.metadata.name)).toEqual(['in'])
})
