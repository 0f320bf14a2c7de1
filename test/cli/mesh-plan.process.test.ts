import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Cluster } from '../../contract/cluster.js'
import type { Plan, PlannedObject, PlannedRelease } from '../../contract/plan.js'
import { runCli } from '../support/run-cli.js'
import { type ScriptedApi, startScriptedApi } from '../support/scripted-api.js'

// A plan as a job of a pull request uses it: its comment, its exit codes, and as a file for another tool.

const at = '2026-11-25T12:00:00.000Z'
const clusterId = '019ab000-0000-7000-8000-000000000001'
const planId = '019ab000-0000-7000-8000-000000000002'
const cluster: Cluster = {
  ...{ id: clusterId, name: 'lab', server: 'https://127.0.0.1:6443', source: 'upload', scope: 'cluster', simulated: false },
  ...{ state: 'live', since: at, kinds: [], createdAt: at, updatedAt: at },
}
const release: PlannedRelease = {
  ...{
    name: 'istiod',
    namespace: 'istio-system',
    chart: 'istiod',
    chartVersion: '1.30.3',
    values: 'pilot:\n  replicas: 2\n',
    withheld: [],
  },
}
const upgraded: PlannedRelease = {
  ...release,
  valuesBefore: 'pilot:\n  replicas: 1\n',
  valuesDiff: 'Index: values of istiod\n===\n--- now\n+++ then\n@@ -1,2 +1,2 @@\n pilot:\n-  replicas: 1\n+  replicas: 2\n',
}
const unchanged: PlannedRelease = { ...release, valuesBefore: release.values, valuesDiff: '' }

describe('mesh plan', () => {
  let api: ScriptedApi
  const meshwright = (...args: string[]) =>
    runCli(['mesh', 'plan', 'istio', ...args, '--server', api.url], { environment: { MESHWRIGHT_TOKEN: 't' } })
  const answer = (plan: Plan, objects: PlannedObject[] = []) => {
    api.answers[`GET /plans/${planId}`] = plan
    api.answers[`GET /plans/${planId}/objects`] = { items: objects }
  }

  beforeEach(async () => {
    api = await startScriptedApi({
      'GET /clusters': { items: [cluster] },
      [`GET /clusters/${clusterId}`]: cluster,
      'POST /plans': { ...planOf(release), state: 'planning' },
    })
  })
  afterEach(() => api.stop())

  it('shows the values of a new release, and of one that is there what changes of them', async () => {
    answer(planOf({ ...release, withheld: ['global.token'] }))
    const made = await meshwright()
    expect(made.stdout).toContain(
      'Release istiod in istio-system: chart istiod 1.30.3; secret, not shown: global.token\n    pilot:\n      replicas: 2\n',
    )
    answer(planOf(upgraded))
    expect((await meshwright()).stdout).toContain(
      'chart istiod 1.30.3\n    @@ -1,2 +1,2 @@\n     pilot:\n    -  replicas: 1\n    +  replicas: 2\n',
    )
    answer(planOf(unchanged))
    expect((await meshwright()).stdout).toContain('its values stay as they are')
  })

  it('folds values away in a comment, in a block that no text in them can end', async () => {
    answer(planOf({ ...release, values: 'note: |\n  ```\n  # injected\n' }))
    const { stdout } = await meshwright('-o', 'markdown')
    expect(stdout).toContain(
      '<details><summary>Release istiod in istio-system: chart istiod 1.30.3</summary>\n\n````yaml\nnote: |\n  ```\n  # injected\n````\n\n</details>',
    )
    answer(planOf(upgraded))
    expect((await meshwright('-o', 'markdown')).stdout).toContain('```diff\n@@ -1,2 +1,2 @@\n pilot:\n-  replicas: 1\n+  replicas: 2\n```')
  })

  it('cuts a comment to what GitHub takes, keeps what matters most, and says what is missing', async () => {
    const kept = Array.from({ length: 1500 }, (_, index) => objectOf(index, 'keep', `stays-${index}-${'x'.repeat(40)}`))
    const objects = [...kept, objectOf(1500, 'delete', 'goes'), { ...objectOf(1501, 'create', 'refused'), verdict: 'refused' as const }]
    answer({ ...planOf(release), changes: { create: 1, update: 0, delete: 1, keep: 1500 } }, objects)
    const { stdout } = await meshwright('-o', 'markdown')
    expect(stdout.length).toBeLessThan(65_536)
    expect(stdout).toMatch(/\| --- \|.*\n\| create \| refused \| ConfigMap a\/refused \|.*\n\| delete \| server \| ConfigMap a\/goes \|/)
    const shown = stdout.match(/ConfigMap a\//g)?.length ?? 0
    expect(stdout).toContain(`${1502 - shown} of 1502 objects are not shown, because a comment may not be longer`)
    expect(stdout).toContain('replicas: 2')
  })

  it('exits 0 for what would change and for what would not, unless it is asked to tell', async () => {
    answer(planOf(upgraded))
    expect((await meshwright()).exitCode).toBe(0)
    expect((await meshwright('--detailed-exit-code')).exitCode).toBe(3)
    answer(planOf(unchanged))
    expect((await meshwright('--detailed-exit-code')).exitCode).toBe(0)
    expect((await meshwright('-o', 'markdown')).stdout).toContain('✅ nothing changes')
    answer({ ...planOf(unchanged), changes: { create: 0, update: 1, delete: 0, keep: 3 } })
    expect((await meshwright('--detailed-exit-code', '-o', 'json')).exitCode).toBe(3)
    answer({ ...planOf(upgraded), state: 'refused' })
    expect((await meshwright('--detailed-exit-code')).exitCode).toBe(1)
    expect((await meshwright('--detailed-exit-code', '-o', 'nothing')).exitCode).toBe(2)
  })

  it('hands a plan on as a file, and nothing of one that is refused', async () => {
    answer(planOf(release))
    api.answers[`GET /plans/${planId}/export`] = (query: URLSearchParams) => `for ${query.get('format')}`
    expect(await meshwright('-o', 'argo-cd', '--detailed-exit-code')).toMatchObject({ stdout: '"for argo-cd"\n', exitCode: 3 })
    answer({ ...planOf(release), state: 'refused' })
    expect(await meshwright('-o', 'helm')).toMatchObject({ stdout: '', stderr: expect.stringContaining('is refused'), exitCode: 1 })
  })
})

function planOf(planned: PlannedRelease): Plan {
  return {
    ...{ id: planId, simulated: false, state: 'ready', findings: [], confirmations: [], leftovers: [], objectCount: 0, createdAt: at },
    request: { cluster: clusterId, mesh: 'istio', action: 'install', version: '1.30.3' },
    steps: [{ key: 'istiod', title: 'Install istiod', component: 'istiod', kind: 'helm', hooks: [], release: planned }],
    changes: { create: 0, update: 0, delete: 0, keep: 0 },
  }
}

function objectOf(n: number, change: PlannedObject['change'], name: string): PlannedObject {
  return {
    n,
    step: 'istiod',
    object: { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'a', name },
    change,
    verdict: 'server',
    foreignOwners: [],
  }
}
