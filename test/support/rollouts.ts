import type { Operation } from '../../contract/operation.js'
import type { Rollout, RolloutState } from '../../contract/rollout.js'
import type { FaultScript } from '../../contract/sandbox.js'
import { type RunningServer, waitFor } from './running-server.js'

/** A person with rollouts on one cluster. */
export function rolloutsOf(server: RunningServer, of: { cluster: string; mesh: string; version: string }) {
  const at = (id: string) => `/api/v1/rollouts/${id}`
  const get = (id: string) => server.get<Rollout>(at(id))
  const until = (id: string, ...states: RolloutState[]) =>
    waitFor(
      () => get(id),
      ({ state }) => states.includes(state),
    )
  const begin = (more: object = {}) => server.call<Rollout>('POST', '/api/v1/rollouts', { kind: 'canary', mode: 'labels', ...of, ...more })
  const approve = async (id: string, confirm: string[] | true = true, plan?: string) => {
    const read = plan ?? (await get(id)).approval?.plan
    return server.call<Rollout & { code: string }>('POST', `${at(id)}/approve`, { plan: read, confirm })
  }
  return {
    get,
    until,
    begin,
    approve,
    /** Approves the stage that waits, and waits for what comes after it; throws when it is refused or fails. */
    pass: async (id: string, confirm?: string[]) => {
      const { state, stage, approval, failure } = await until(id, 'waiting-for-approval', 'blocked')
      if (state === 'blocked') throw new Error(`the stage is blocked: ${JSON.stringify(failure ?? approval?.findings)}`)
      const { status, body } = await approve(id, confirm)
      if (status !== 202) throw new Error(`the stage was not started: ${JSON.stringify(body)}`)
      const isOver = (now: Rollout) => now.state === 'stage-failed' || (now.stage > stage && now.state !== 'planning')
      const after = await waitFor(
        () => get(id),
        (now) => now.state === 'succeeded' || isOver(now),
        300_000,
      )
      if (after.state === 'stage-failed') throw new Error(`the stage failed: ${JSON.stringify(after.failure)}`)
      return after
    },
    post: <Body = Rollout & { code: string }>(id: string, verb: string) => server.call<Body>('POST', `${at(id)}/${verb}`, {}),
    operation: (id: string | undefined) => server.get<Operation>(`/api/v1/operations/${id}`),
    faults: (...rules: FaultScript['rules']) => server.call('PUT', `/api/v1/clusters/${of.cluster}/sandbox/faults`, { seed: 1, rules }),
  }
}
