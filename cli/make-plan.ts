import { setTimeout as sleep } from 'node:timers/promises'
import { type ActionRequest, Plan, PlannedObject } from '../contract/plan.js'
import type { Answer } from './api-client.js'
import { CliError } from './cli-error.js'
import type { CommandContext } from './command-context.js'

/** A plan that is made, ready or refused, with all its objects; `body` is the plan as it came. */
export interface MadePlan extends Answer<Plan> {
  objects: PlannedObject[]
}

// A plan takes seconds; its events are not worth a stream.
const pollMs = 300

/** Asks for a plan and waits until it is made; tells what it is doing meanwhile. A plan that fails is an error. */
export async function makePlan(context: CommandContext, request: ActionRequest, signal: AbortSignal): Promise<MadePlan> {
  return awaitPlan(context, await context.api.call({ method: 'POST', path: '/plans', body: request, answer: Plan, signal }), signal)
}

/** As makePlan, for a plan that was asked for already. */
export async function awaitPlan({ api, terminal }: CommandContext, asked: Answer<Plan>, signal: AbortSignal): Promise<MadePlan> {
  let told: string | undefined
  let answer = asked
  while (answer.value.state === 'planning') {
    const { id, progress } = answer.value
    if (progress !== undefined && progress !== told) terminal.talk(terminal.paintTalk(progress, 'quiet'))
    told = progress
    await sleep(pollMs, undefined, { signal })
    answer = await api.call({ path: `/plans/${id}`, answer: Plan, signal })
  }
  const { id, failure } = answer.value
  if (failure) throw new CliError(failure.title, { why: failure.cause, remedy: failure.remedy })
  const objects = await api.list(`/plans/${id}/objects`, PlannedObject, { limit: '500' })
  return { ...answer, objects: objects.value }
}
