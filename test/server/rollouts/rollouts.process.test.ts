import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Event } from '../../../contract/event.js'
import type { Operation } from '../../../contract/operation.js'
import type { Plan } from '../../../contract/plan.js'
import type { Rollout } from '../../../contract/rollout.js'
import { buildWithAdapter } from '../../support/build-with-adapter.js'
import { type RunningServer, startServer, waitFor } from '../../support/running-server.js'
import { addTwinCluster, rolloutsOfTwin } from '../../support/twin-cluster.js'

// Twin has a canary whose every part is one object: what is seen is how a rollout goes, not how a mesh does.

const states = ({ stages }: Rollout) => stages.map(({ state }) => state)
const titles = ({ stages }: Rollout) => stages.map(({ title }) => title)

describe('a rollout', () => {
  let dist: string
  let server: RunningServer
  beforeAll(async () => {
    dist = (await buildWithAdapter('twin', 'rollouts')).dist
    server = await startServer({ dist })
  })
  afterAll(() => server?.stop())

  const withCluster = async (name: string) => {
    const cluster = await addTwinCluster(server, name)
    return { cluster, ...rolloutsOfTwin(server, cluster) }
  }
  const startPlan = (plan: string | undefined) =>
    server.call<{ code: string; cause: string; remedy: string }>('POST', '/api/v1/operations', { plan, confirm: true })
  /** A rollout whose server ended while its first plan was made. */
  const cutOffIn = async (own: RunningServer, name: string) => {
    const cluster = await addTwinCluster(own, name)
    const { begin, faults } = rolloutsOfTwin(own, cluster)
    await faults({ fault: 'latency', delayMs: 60_000 })
    const { id, state } = (await begin({ waves: [['shop']] })).body
    await own.kill()
    expect(state).toBe('planning')
    return { cluster, id }
  }
  const remove = (cluster: string) => server.call<{ code: string; detail: string }>('DELETE', `/api/v1/clusters/${cluster}`)

  it('by labels goes stage by stage, each with its plan and its approval, and each an operation of its own', async () => {
    const { cluster, begin, get, until, approve, pass, operation } = await withCluster('by-labels')
    const { status, headers, body } = await begin()
    expect(status).toBe(202)
    expect(headers.get('location')).toBe(`/api/v1/rollouts/${body.id}`)
    expect(body).toMatchObject({ simulated: true, revision: 'default', newRevision: '2-0-0', state: 'planning', can: ['stop'] })
    expect(titles(body)).toEqual([
      'Start control plane 2-0-0 beside default',
      'Move pay',
      'Move shop',
      'Move web',
      'Move the gateways to 2-0-0 and retire default',
    ])
    const first = await until(body.id, 'waiting-for-approval')
    expect(first).toMatchObject({
      approval: { findings: [], confirmations: [{ code: 'definitions-change' }] },
      can: ['approve', 'replan', 'stop'],
      standing: 'Revision default serves everybody; nothing was changed.',
    })
    // Nothing begins without somebody who has read what is to be confirmed.
    expect(await approve(body.id, [])).toMatchObject({ status: 409, body: { code: 'confirmation-required' } })
    expect((await get(body.id)).state).toBe('waiting-for-approval')
    const begun = await approve(body.id)
    expect(begun).toMatchObject({ status: 202, body: { state: 'running', stage: 0 } })
    const started = await operation(begun.body.stages[0]?.operation)
    expect(started).toMatchObject({ parent: body.id, plan: first.approval?.plan, request: { action: 'canary', version: '2.0.0' } })

    await waitFor(
      () => get(body.id),
      ({ stage }) => stage === 1,
    )
    expect((await pass(body.id)).standing).toBe(
      'Two control planes stand, default and 2-0-0. With 2-0-0: pay. With default still: shop, web.',
    )
    await pass(body.id)
    const last = await pass(body.id)
    expect(states(last)).toEqual(['succeeded', 'succeeded', 'succeeded', 'succeeded', 'waiting-for-approval'])
    // What destroys is confirmed by its own code.
    expect(await approve(body.id, true)).toMatchObject({ status: 409, body: { code: 'confirmation-required' } })
    const done = await pass(body.id, ['old-goes'])
    expect(done).toMatchObject({ state: 'succeeded', can: [], standing: 'Revision 2-0-0 has taken over; default is gone.' })
    const operations = await Promise.all(done.stages.map((stage) => operation(stage.operation)))
    expect(operations.map(({ parent, request, state }) => [parent, request.action, state])).toEqual(
      ['canary', 'join', 'join', 'join', 'retire'].map((action) => [body.id, action, 'succeeded']),
    )
    const told = await server.get<{ items: Event[] }>(`/api/v1/events?after=0&cluster=${cluster}&kind=rollout.changed&limit=500`)
    const own = told.items.map(({ data }) => `${Number(data.stage)} ${data.state}`)
    expect(own.slice(0, 4)).toEqual(['0 planning', '0 waiting-for-approval', '0 running', '1 planning'])
    expect(own.at(-1)).toBe('4 succeeded')
    expect((await remove(cluster)).status).toBe(204)
    expect((await get(body.id)).state).toBe('succeeded')
  })

  it('by a tag points it without a restart, then restarts who asks for it, in the waves that were named', async () => {
    const { cluster, begin, until, pass, operation, post } = await withCluster('by-tag')
    const { body } = await begin({ mode: 'tag', tag: 'prod', newRevision: 'next', waves: [['tagged'], ['shop', 'web']] })
    expect(titles(body)).toEqual([
      'Start control plane next beside default',
      'Point tag prod at next',
      'Restart tagged',
      'Restart shop, web',
      'Move the gateways to next and retire default',
    ])
    await pass(body.id)
    expect((await pass(body.id)).standing).toContain('Tag prod points at next. Not restarted by this rollout yet: tagged, shop, web.')
    const moved = await pass(body.id)
    const [, pointing, wave] = await Promise.all(moved.stages.slice(0, 3).map((stage) => operation(stage.operation)))
    expect(pointing?.request).toMatchObject({ action: 'point-tag', revision: 'next', params: { tag: 'prod', restart: false } })
    expect(wave?.request).toMatchObject({ action: 'join', params: { namespaces: ['tagged'], revision: 'prod' } })
    await until(body.id, 'waiting-for-approval')
    await post(body.id, 'stop')
    // Without waves: whoever asks for the tag, each by itself.
    const { body: again } = await begin({ revision: 'default', mode: 'tag', tag: 'prod', newRevision: 'other' })
    expect(again.stages.map(({ namespaces }) => namespaces)).toEqual([[], [], ['tagged'], []])
    await post(again.id, 'stop')
    await remove(cluster)
  })

  it('whose plan is refused says so with its findings, and is planned again when that is mended', async () => {
    const { cluster, begin, until, pass, approve, post } = await withCluster('blocked')
    const { body } = await begin({ waves: [['shop']] })
    await pass(body.id)
    const blocked = await pass(body.id)
    expect(blocked).toMatchObject({ state: 'blocked', can: ['replan', 'stop'] })
    expect(blocked.approval?.findings.map(({ code, message }) => [code, message])).toEqual([
      ['members-left', 'Namespace pay asks for it.'],
      ['members-left', 'Namespace web asks for it.'],
    ])
    expect(await approve(body.id, ['old-goes'])).toMatchObject({ status: 409, body: { code: 'plan-refused' } })
    const join = { cluster, mesh: 'twin', action: 'join', params: { namespaces: ['pay', 'web'], revision: '2-0-0' }, confirm: true }
    const { id } = await server.post<Operation>('/api/v1/operations', join)
    await waitFor(
      () => server.get<Operation>(`/api/v1/operations/${id}`),
      ({ state }) => state === 'succeeded',
    )
    expect(await post(body.id, 'replan')).toMatchObject({ status: 202, body: { state: 'planning' } })
    await until(body.id, 'waiting-for-approval')
    expect((await pass(body.id, ['old-goes'])).state).toBe('succeeded')
    await remove(cluster)
  })

  it('starts only the plan that was read, and none that something else has overtaken', async () => {
    const { cluster, begin, get, until, approve, post } = await withCluster('stale')
    const { body } = await begin()
    const first = (await until(body.id, 'waiting-for-approval')).approval?.plan
    await post(body.id, 'replan')
    const second = (await until(body.id, 'waiting-for-approval')).approval?.plan
    expect(second).not.toBe(first)
    expect(await approve(body.id, true, first)).toMatchObject({
      status: 409,
      body: { code: 'plan-stale', cause: `The stage was planned again: plan ${second}.` },
    })
    expect(await startPlan(first)).toMatchObject({
      ...{ status: 409, body: { code: 'plan-stale', cause: `Rollout ${body.id} no longer waits for this plan.` } },
    })
    const other = { cluster, mesh: 'twin', action: 'point-tag', params: { tag: 'blue' }, confirm: true }
    const { id } = await server.post<Operation>('/api/v1/operations', other)
    await waitFor(
      () => server.get<Operation>(`/api/v1/operations/${id}`),
      ({ state }) => state === 'succeeded',
    )
    expect(await approve(body.id)).toMatchObject({ status: 409, body: { code: 'plan-stale' } })
    expect(await get(body.id)).toMatchObject({ state: 'waiting-for-approval', stage: 0 })
    await post(body.id, 'replan')
    await until(body.id, 'waiting-for-approval')
    const approvals = await Promise.all([approve(body.id), approve(body.id)])
    expect(approvals.map(({ status }) => status).sort()).toEqual([202, 409])
    await waitFor(
      () => get(body.id),
      ({ stage }) => stage === 1,
    )
    await post(body.id, 'stop')
    await remove(cluster)
  })

  it('whose operation fails waits for a new plan, which anybody may make, and goes on from there', async () => {
    const { cluster, begin, get, until, approve, pass, post, operation, faults } = await withCluster('failing')
    const { body } = await begin({ waves: [['shop']] })
    const refuse = () => faults({ fault: 'error', verbs: ['patch'], resource: 'deployments', status: 500 })
    await until(body.id, 'waiting-for-approval')
    await refuse()
    await approve(body.id)
    const failed = await until(body.id, 'stage-failed')
    expect(failed).toMatchObject({ stage: 0, can: ['replan', 'stop'], failure: { title: expect.stringContaining('could not be applied') } })
    expect(states(failed)).toEqual(['failed', 'pending', 'pending'])
    expect(await approve(body.id, true, failed.stages[0]?.plan)).toMatchObject({ status: 409, body: { code: 'illegal-transition' } })
    await faults()
    await post(body.id, 'replan')
    const planned = await until(body.id, 'waiting-for-approval')
    expect(planned.stages[0]?.operation).toBe(failed.stages[0]?.operation)
    expect(planned.standing).toContain('of the second control plane 2-0-0 a part may be there')
    // A retry that the rollout would not follow, since it waits for the plan of its own.
    const aside = await server.post<Plan>(`/api/v1/operations/${failed.stages[0]?.operation}/retry`, {})
    await waitFor(
      () => server.get<Plan>(`/api/v1/plans/${aside.id}`),
      ({ state }) => state === 'ready',
    )
    expect(await startPlan(aside.id)).toMatchObject({
      ...{ status: 409, body: { code: 'plan-stale', remedy: expect.stringContaining(`/api/v1/rollouts/${body.id}`) } },
    })
    await refuse()
    await approve(body.id)
    const again = await until(body.id, 'stage-failed')
    expect((await operation(again.stages[0]?.operation)).retryOf).toBe(failed.stages[0]?.operation)
    await faults()
    // On the page of the operation: the rollout knows its own.
    const plan = await server.post<Plan>(`/api/v1/operations/${again.stages[0]?.operation}/retry`, {})
    await waitFor(
      () => server.get<Plan>(`/api/v1/plans/${plan.id}`),
      ({ state }) => state === 'ready',
    )
    const retried = await server.post<Operation>('/api/v1/operations', { plan: plan.id, confirm: true })
    expect(retried.parent).toBe(body.id)
    const moved = await waitFor(
      () => get(body.id),
      ({ stage, state }) => stage === 1 && state !== 'planning',
    )
    expect(moved.stages[0]).toMatchObject({ state: 'succeeded', operation: retried.id, plan: plan.id })
    expect((await pass(body.id)).stage).toBe(2)
    await post(body.id, 'stop')
    await remove(cluster)
  })

  it('that is stopped lets what runs go to its end, and says what stands and what to do; its cluster can go only then', async () => {
    const { cluster, begin, get, until, pass, approve, post, operation, faults } = await withCluster('stopping')
    const { body } = await begin({ waves: [['shop'], ['pay', 'web']] })
    await pass(body.id)
    await until(body.id, 'waiting-for-approval')
    expect(await remove(cluster)).toMatchObject({ status: 409, body: { code: 'cluster-in-use' } })
    expect((await server.call('POST', `/api/v1/clusters/${cluster}/sandbox/reset`, {})).status).toBe(409)
    await faults({ fault: 'latency', verbs: ['patch'], resource: 'namespaces', delayMs: 1_500, times: 1 })
    const { body: running } = await approve(body.id)
    const stopped = await post(body.id, 'stop')
    expect(stopped.status).toBe(200)
    expect(stopped.body).toMatchObject({ state: 'stopped', can: [] })
    expect(states(stopped.body)).toEqual(['succeeded', 'running', 'stopped', 'stopped'])
    await waitFor(
      () => operation(running.stages[1]?.operation),
      ({ state }) => state === 'succeeded',
    )
    const now = await get(body.id)
    expect(states(now)).toEqual(['succeeded', 'succeeded', 'stopped', 'stopped'])
    expect(now).toMatchObject({
      standing: 'Two control planes stand, default and 2-0-0. With 2-0-0: shop. With default still: pay, web.',
      remedy:
        'To finish: let the namespaces that are left join 2-0-0, then retire default. To go back: let those that moved join default again, then uninstall revision 2-0-0.',
    })
    expect(await post(body.id, 'stop')).toMatchObject({ status: 409, body: { code: 'illegal-transition' } })
    expect((await remove(cluster)).status).toBe(204)
  })

  it('that cannot begin says why, and stores nothing', async () => {
    const { cluster, begin, get, post } = await withCluster('wrong')
    const refused = async (more: object) => {
      const { status, body } = await begin(more)
      const { code, errors = [] } = body as unknown as { code: string; errors?: { pointer: string; message: string }[] }
      return [status, code, ...errors.map(({ pointer, message }) => `${pointer} ${message}`)]
    }
    expect(await refused({ mesh: 'kubernetes' })).toEqual([409, 'action-not-offered'])
    expect(await refused({ mesh: 'nothing' })).toEqual([404, 'not-found'])
    expect(await refused({ revision: 'absent' })).toEqual([404, 'not-found'])
    expect(await refused({ cluster: '019ab000-0000-7000-8000-000000000001' })).toEqual([404, 'not-found'])
    expect(await refused({ version: '9.9.9' })).toEqual([400, 'invalid-request'])
    expect((await refused({ mode: 'tag' }))[2]).toContain('/tag name the tag')
    expect((await refused({ tag: 'prod' }))[2]).toContain('/tag a tag is pointed')
    expect((await refused({ newRevision: 'default' }))[2]).toContain('/newRevision default is the revision')
    expect((await refused({ waves: [[]] }))[1]).toBe('invalid-request')
    expect((await refused({ hurry: true }))[1]).toBe('invalid-request')
    expect(await refused({ waves: [['shop', 'outside'], ['nowhere'], ['pay', 'shop']] })).toEqual([
      ...[400, 'invalid-request'],
      '/waves/0/1 outside is not in the mesh',
      '/waves/1/0 nowhere is not in the cluster',
      '/waves/2/1 shop is named twice',
    ])
    expect((await server.get<{ items: Rollout[] }>(`/api/v1/rollouts?cluster=${cluster}`)).items).toEqual([])
    const { body } = await begin()
    expect(await refused({ newRevision: 'third' })).toEqual([409, 'rollout-unfinished'])
    expect((await server.get<{ items: Rollout[] }>(`/api/v1/rollouts?cluster=${cluster}`)).items.map(({ id }) => id)).toEqual([body.id])
    const nobody = '019ab000-0000-7000-8000-000000000009'
    expect((await post(nobody, 'stop')).body.code).toBe('not-found')
    expect((await post(body.id, 'approve')).body.code).toBe('invalid-request')
    await post(body.id, 'stop')
    expect((await get(body.id)).standing).toBe('Revision default serves everybody; nothing was changed.')
    await remove(cluster)
  })

  it('outlives its server: it waits where it waited, follows an operation that was cut off, and starts nothing twice', async () => {
    await using first = await startServer({ dist })
    const cluster = await addTwinCluster(first, 'restart')
    const before = rolloutsOfTwin(first, cluster)
    const { body } = await before.begin()
    await before.pass(body.id)
    const waiting = await before.until(body.id, 'waiting-for-approval')
    await first.kill()

    await using second = await startServer({ dist, dataDir: first.dataDir })
    const after = rolloutsOfTwin(second, cluster)
    expect(await after.get(body.id)).toEqual(waiting)
    await after.faults({ fault: 'latency', verbs: ['patch', 'get'], resource: 'namespaces', delayMs: 60_000 })
    const approved = await after.approve(body.id)
    const cut = approved.body.stages[1]?.operation
    await second.kill()

    await using third = await startServer({ dist, dataDir: first.dataDir })
    const end = rolloutsOfTwin(third, cluster)
    const interrupted = await end.until(body.id, 'interrupted')
    expect(interrupted.stages[1]).toMatchObject({ state: 'interrupted', operation: cut })
    expect(await end.post(body.id, 'replan')).toMatchObject({ status: 409, body: { code: 'illegal-transition' } })
    const { items } = await third.get<{ items: Operation[] }>('/api/v1/operations?limit=500')
    expect(items.filter(({ parent }) => parent === body.id).map(({ request }) => request.action)).toEqual(['join', 'canary'])
    await third.call('POST', `/api/v1/operations/${cut}/cancel`, {})
    await end.until(body.id, 'stage-failed')
    await end.faults({ fault: 'latency', delayMs: 60_000 })
    const cutOff = (await end.post(body.id, 'replan')).body.stages[1]?.plan
    await third.kill()

    await using fourth = await startServer({ dist, dataDir: first.dataDir })
    const last = rolloutsOfTwin(fourth, cluster)
    const { stages } = await last.until(body.id, 'waiting-for-approval')
    expect(stages[1]?.plan).not.toBe(cutOff)
    expect((await fourth.get<Plan>(`/api/v1/plans/${stages[1]?.plan}`)).retryOf).toBe(cut)
    await last.post(body.id, 'stop')
  })

  it('says why its cut-off plan is not made again when a start no longer has the version', async () => {
    const { dist: without } = await buildWithAdapter('twin', 'rollouts-without')
    const file = join(without, 'adapters/twin/description.json')
    const description = JSON.parse(readFileSync(file, 'utf8'))
    const versions = description.versions.versions.filter(({ version }: { version: string }) => version !== '2.0.0')
    expect(versions.length).toBe(description.versions.versions.length - 1)
    writeFileSync(file, JSON.stringify({ ...description, versions: { ...description.versions, versions } }))

    await using first = await startServer({ dist })
    const before = await cutOffIn(first, 'cut-off')
    await using second = await startServer({ dist: without, dataDir: first.dataDir })
    const { until, post } = rolloutsOfTwin(second, before.cluster)
    const blocked = await until(before.id, 'blocked')
    expect(blocked).toMatchObject({ can: ['replan', 'stop'], failure: { code: 'invalid-request' } })
    expect(blocked.failure?.title).toContain('2.0.0 is not in the catalogue')
    expect(await post(before.id, 'replan')).toMatchObject({ status: 400, body: { code: 'invalid-request' } })
    expect((await post(before.id, 'stop')).body.state).toBe('stopped')
  })
})
