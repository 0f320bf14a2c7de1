import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { noArrivals } from '../../adapters/runtime/arrivals.js'
import { type ClusterSession, openClusterSession } from '../../adapters/runtime/cluster-session.js'
import type { PolicyRow } from '../../adapters/runtime/field-conflicts/field-policy.js'
import { judgeFields, settleFields } from '../../adapters/runtime/field-conflicts/settle-fields.js'
import type { KubeObject } from '../../kube/kube-object.js'
import { type ScriptedApi, sendJson, startScriptedApi } from '../support/kubernetes/scripted-api.js'

const resources = [{ resource: 'deployments', scope: 'Namespaced', responseKind: { kind: 'Deployment' }, verbs: ['list', 'get', 'patch'] }]
const apps = { kind: 'APIGroupDiscoveryList', items: [{ metadata: { name: 'apps' }, versions: [{ version: 'v1', resources }] }] }
const policy: PolicyRow[] = [{ kind: 'Deployment', field: 'spec.replicas', manager: 'scaler', outcome: 'set', reason: 'It scaled once.' }]
const deployment = (spec: object): KubeObject => ({
  ...{ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web', namespace: 'shop' } },
  spec: { paused: false, ...spec },
})
const claims = (manager: string, field: string) => ({ manager, operation: 'Update', fieldsV1: { 'f:spec': { [`f:${field}`]: {} } } })
const conflict = (field: string) => ({ reason: 'FieldManagerConflict', field, message: 'conflict with "scaler" using apps/v1' })

let workDir: string
let api: ScriptedApi
let session: ClusterSession
let version: number
/** So many patches come too late. */
let late: number
let dryRun: { status: number; body: object }

beforeEach(async () => {
  workDir = await mkdtemp(join(tmpdir(), 'mw-settle-'))
  ;[version, late, dryRun] = [1, 0, { status: 200, body: deployment({ replicas: 1 }) }]
  api = await startScriptedApi(({ path, method, query }, response) => {
    if (path === '/api') return sendJson(response, { kind: 'APIGroupDiscoveryList', items: [] })
    if (path === '/apis') return sendJson(response, apps)
    if (query.has('dryRun')) return sendJson(response, dryRun.body, dryRun.status)
    if (method === 'PATCH' && version++ <= late) return sendJson(response, { kind: 'Status', message: 'modified', reason: 'Conflict' }, 409)
    const { metadata, ...live } = deployment({ replicas: 3 })
    const managedFields = [claims('scaler', 'replicas'), claims('helm', 'paused')]
    sendJson(response, { ...live, metadata: { ...metadata, resourceVersion: String(version), managedFields } })
  })
  const grant = { url: api.url, caPem: api.ca, token: 't', expiresAt: undefined, namespaces: [], simulated: false }
  session = await openClusterSession({ grant, workDir, name: 'settle', signal: new AbortController().signal })
})
afterEach(async () => {
  await session[Symbol.asyncDispose]()
  await api.close()
  await rm(workDir, { recursive: true })
})

describe('Before helm runs', () => {
  const logged: string[] = []
  beforeEach(() => void logged.splice(0))
  const settle = (object: KubeObject, signal = new AbortController().signal) =>
    settleFields(session, [object], { policy, namespace: 'shop', log: (level, text) => void logged.push(`${level} ${text}`), signal })
  const patches = () => api.seen.filter(({ method }) => method === 'PATCH').map(({ body }) => JSON.parse(body).metadata)

  it('a field that ours wins is taken from its owner, and nothing else', async () => {
    await settle(deployment({ replicas: 1 }))
    expect(patches()).toEqual([{ resourceVersion: '1', managedFields: [claims('helm', 'paused')] }])
    expect(logged).toEqual(["debug Deployment shop/web: spec.replicas is ours from now on, and no longer scaler's."])
  })

  it.each([
    ['that the chart sets no more', {}],
    ['that has the value of the chart', { replicas: 3 }],
  ])('a field %s stays its owner’s', async (_which, spec) => {
    await settle(deployment(spec))
    expect(patches()).toEqual([])
    expect(logged).toEqual([])
  })

  it('an object that was written meanwhile is read again; after the third time helm is left to say whose the field is', async () => {
    late = 2
    await settle(deployment({ replicas: 1 }))
    expect(patches().map(({ resourceVersion }) => resourceVersion)).toEqual(['1', '2', '3'])
    late = 100
    await settle(deployment({ replicas: 1 }))
    expect(patches()).toHaveLength(6)
    expect(logged.at(-1)).toBe(
      'warning Deployment shop/web was written at the same time, 3 times: its fields are left to helm as they are.',
    )
  })

  it('nothing is taken once the operation is stopped', async () => {
    await expect(settle(deployment({ replicas: 1 }), AbortSignal.abort())).rejects.toThrow('aborted')
    expect(api.seen).toEqual([])
  })
})

describe('A plan', () => {
  const judge = async (spec: object) => {
    const judgement = { step: 's', fieldManager: 'helm', force: false, arrivals: noArrivals(), expectedManagers: [] }
    const signal = new AbortController().signal
    return judgeFields(session, deployment(spec), { policy, namespace: 'shop', judgement: { ...judgement, signal } })
  }

  it('tells of a field that is taken where its value changes, and only there', async () => {
    expect((await judge({ replicas: 3 })).settled).toEqual([])
    expect((await judge({})).settled).toEqual([])
    dryRun = { status: 409, body: { kind: 'Status', message: 'conflict', details: { causes: [conflict('.spec.replicas')] } } }
    expect((await judge({ replicas: 1 })).settled).toMatchObject([{ manager: 'scaler', path: ['spec', 'replicas'] }])
    // Another field of the same owner.
    dryRun = { status: 409, body: { kind: 'Status', message: 'conflict', details: { causes: [conflict('.spec.replicasMore')] } } }
    expect((await judge({ replicas: 3 })).settled).toEqual([])
  })
})
