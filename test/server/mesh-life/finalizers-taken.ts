import { expect, it } from 'vitest'
import { listEverything } from '../../support/list-everything.js'
import { waitFor } from '../../support/running-server.js'
import type { MeshLife } from './mesh-life.js'

export function finalizersTaken(life: MeshLife): void {
  const { namespace, held, plan, run } = life
  if (held === undefined) return
  const { object, controller } = held

  it('lets go of what waits for its controller, once no pod of it is ready', async () => {
    const { kwok } = life
    const { name, namespace: place } = object.metadata
    const scale = (replicas: number) =>
      kwok.kubectl(['scale', `deployment/${controller}`, `--namespace=${namespace}`, `--replicas=${replicas}`])
    const live = async () => (await listEverything(kwok)).some((one) => one.kind === object.kind && one.name === name)
    await kwok.kubectl(['create', '--filename=-'], { input: JSON.stringify(object) })
    await kwok.kubectl(['delete', object.kind, `${name}`, `--namespace=${place}`, '--wait=false'])
    const refused = await plan({ action: 'remove-finalizers', namespace })
    expect(refused.state).toBe('refused')
    expect(refused.findings.find(({ severity }) => severity === 'error')).toMatchObject({
      code: 'finalizers-answered',
      message: expect.stringContaining(`Pod ${namespace}/${controller}-`),
    })
    await scale(0)
    await waitFor(
      () => listEverything(kwok),
      (all) => !all.some((one) => one.kind === 'Pod' && one.name.startsWith(controller)),
      60_000,
    )
    expect(await live()).toBe(true)
    await run(await plan({ action: 'remove-finalizers', namespace }))
    expect(await live()).toBe(false)
    await scale(1)
  })
}
