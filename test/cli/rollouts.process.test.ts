import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Rollout } from '../../contract/rollout.js'
import { buildWithAdapter } from '../support/build-with-adapter.js'
import { runCli } from '../support/run-cli.js'
import { type RunningServer, startServer } from '../support/running-server.js'
import { addTwinCluster, rolloutsOfTwin } from '../support/twin-cluster.js'

describe('meshwright rollout', () => {
  let server: RunningServer
  let rollouts: ReturnType<typeof rolloutsOfTwin>
  const meshwright = (...args: string[]) => runCli(['rollout', ...args], { dataDir: server.dataDir })
  beforeAll(async () => {
    server = await startServer(await buildWithAdapter('twin', 'cli'))
    rollouts = rolloutsOfTwin(server, await addTwinCluster(server, 'lab'))
  })
  afterAll(() => server?.stop())

  it('begins one, shows it stage by stage, approves what was read, and says what comes next', async () => {
    expect((await meshwright('start', 'twin')).exitCode).not.toBe(0)
    expect((await meshwright('list')).stderr).toContain('No rollouts yet. Begin one: meshwright rollout start')
    const wrong = await meshwright('start', 'twin', '--version', '2.0.0', '--wave', 'shop,nowhere')
    expect([wrong.exitCode, wrong.stderr]).toEqual([2, expect.stringContaining('nowhere is not in the cluster')])
    const started = await meshwright('start', 'twin', '--version', '2.0.0', '--wave', 'shop,pay', '--wave', 'web')
    expect(started.stdout).toMatch(/^twin 2\.0\.0, default to 2-0-0: (planning|waiting-for-approval)\n/)
    const [, id = ''] = /rollout stop (\S+)/.exec(started.stdout) ?? []
    await rollouts.until(id, 'waiting-for-approval')

    const shown = await meshwright('show', id)
    expect(shown.stdout.split('\n').slice(0, 7)).toEqual([
      'twin 2.0.0, default to 2-0-0: waiting-for-approval',
      '',
      'STAGE   STATE                  WHAT',
      '1       waiting-for-approval   Start control plane 2-0-0 beside default',
      '2       pending                Move shop, pay',
      '3       pending                Move web',
      '4       pending                Move the gateways to 2-0-0 and retire default',
    ])
    expect(shown.stdout).toContain('Revision default serves everybody; nothing was changed.')
    expect(shown.stdout).toContain(`go on:      meshwright rollout approve ${id}\n`)

    const unread = await meshwright('approve', id)
    expect([unread.exitCode, unread.stderr]).toEqual([2, expect.stringContaining('Say it with --yes.')])
    expect(unread.stderr).toContain('definitions-change is what happens.')
    const approved = await meshwright('approve', id, '--yes', '--wait', '-o', 'json')
    expect([approved.exitCode, JSON.parse(approved.stdout).stages[0].state]).toEqual([0, 'succeeded'])
    const list = await meshwright('list')
    expect(list.stdout).toMatch(/^ID +CLUSTER +TO +STAGE +AGE +STATE\n\S+ +lab +twin 2\.0\.0 +2\/4 /)
    expect(JSON.parse((await meshwright('list', '-o', 'json')).stdout).items.map((each: Rollout) => each.id)).toEqual([id])
    expect((await meshwright('show', id, '-o', 'name')).stdout).toBe(`rollout/${id}\n`)
    expect((await meshwright('show', id, '-o', 'yaml')).stdout).toContain('newRevision: 2-0-0\n')
    // The state stands last and runs on where the cluster is simulated.
    const lines = [shown, list].flatMap(({ stdout }) => stdout.replace(' (simulated)', '').split('\n'))
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(100)
  })

  it('says of a stage that is blocked what to mend and how to go on, and of a stopped rollout what stands', async () => {
    const [{ id = '' } = {}] = (await server.get<{ items: Rollout[] }>('/api/v1/rollouts')).items
    await meshwright('stop', id)
    const begun = await meshwright(
      'start',
      'twin',
      '--version',
      '2.0.0',
      '--revision',
      'default',
      '--new-revision',
      'next',
      '--tag',
      'prod',
      '-o',
      'json',
    )
    const next: Rollout = JSON.parse(begun.stdout)
    expect(next).toMatchObject({ mode: 'tag', tag: 'prod', newRevision: 'next' })
    for (const _stage of next.stages.slice(1)) await rollouts.pass(next.id)
    const blocked = await meshwright('show', next.id)
    expect(blocked.stdout).toContain(
      'error members-left: Namespace pay asks for it.\n    do this: Let these namespaces join the successor.',
    )
    const refused = await meshwright('approve', next.id, '--yes')
    expect([refused.exitCode, refused.stderr]).toEqual([1, expect.stringContaining('Nothing was started: the rollout is blocked.')])
    expect(refused.stderr).toContain(`meshwright rollout replan ${next.id}`)
    expect((await meshwright('replan', next.id)).stdout).toContain(': planning\n')
    await rollouts.until(next.id, 'blocked')
    const stopped = await meshwright('stop', next.id)
    expect(stopped.stdout).toContain('Two control planes stand, default and next. Tag prod points at next. With next: tagged.')
    expect(stopped.stdout.replaceAll('\n', ' ')).toContain('To go back: point tag prod at default again with a restart,')
    expect(Math.max(...stopped.stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(100)
  })
})
