import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { type Database, openDatabase } from '../../../server/database/database.js'
import { createPlanStore } from '../../../server/operations/plan-store.js'
import { createRolloutStore } from '../../../server/rollouts/rollout-store.js'

const dayMs = 24 * 3_600_000
const now = Date.now()

let dataDir: string
let database: Database
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'meshwright-rollouts-'))
  database = openDatabase({ dataDir, migrationsDir: resolve('server/database/migrations') })
})
afterEach(() => {
  database.close()
  rmSync(dataDir, { recursive: true })
})

it('tells which plan a rollout waits for, and keeps its objects and of no other plan of more than a week', () => {
  const plans = createPlanStore(database)
  const rollouts = createRolloutStore(database)
  const begin = (id: string, more: object) =>
    rollouts.insert({
      ...{ id, cluster: 'c', mesh: 'istio', namespace: 'istio-system', revision: 'default', version: '1.30.3', newRevision: '1-30-3' },
      ...{ mode: 'labels', waves: [], state: 'waiting-for-approval', stage: 1, simulated: false, createdAt: now - 9 * dayMs, ...more },
    })
  const planned = (id: string, of: { rollout: string; position: number } | undefined, days: number) => {
    const request = { cluster: 'c', mesh: 'istio', action: 'join' }
    const lists = { steps: [], findings: [], confirmations: [], leftovers: [] }
    plans.insert({ id, cluster: 'c', request, state: 'ready', ...lists, createdAt: now - days * dayMs })
    const object = { apiVersion: 'v1', kind: 'Namespace', namespace: '', name: 'shop', change: 'update', verdict: 'server' } as const
    plans.insertObjects([{ plan: id, n: 1, step: 's', ...object, foreignOwners: [], before: '', after: '' }])
    if (of) rollouts.setPlan(of.rollout, of.position, id)
  }
  begin('goes-on', {})
  begin('over', { state: 'stopped', endedAt: now })
  planned('waits', { rollout: 'goes-on', position: 1 }, 8)
  planned('was-started', { rollout: 'goes-on', position: 0 }, 8)
  planned('of-a-stopped-one', { rollout: 'over', position: 1 }, 8)
  planned('alone', undefined, 8)
  planned('young', undefined, 6)
  expect(rollouts.openPlans()).toEqual(['waits'])
  expect(rollouts.ofPlan('was-started')).toBe('goes-on')
  expect(rollouts.goesOnWithout('goes-on', ['waits', undefined])).toBe(false)
  expect(rollouts.goesOnWithout('goes-on', ['overtaken', 'waits'])).toBe(false)
  expect(rollouts.goesOnWithout('goes-on', ['was-started', undefined])).toBe(true)
  expect(rollouts.goesOnWithout('over', ['overtaken'])).toBe(false)
  begin('has-no-plan', { state: 'blocked' })
  expect(rollouts.goesOnWithout('has-no-plan', ['overtaken', undefined])).toBe(true)
  plans.prune(now, rollouts.openPlans())
  const all = ['waits', 'was-started', 'of-a-stopped-one', 'alone', 'young']
  expect(all.filter((id) => plans.objects(id, { after: 0, limit: 9 }).length > 0)).toEqual(['waits', 'young'])
})
