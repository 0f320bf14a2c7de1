import { z } from 'zod'
import { Operation, OperationLogEntry, type OperationState, type OperationVerb } from '../contract/operation.js'
import type { Answer } from './api-client.js'
import { CliError } from './cli-error.js'
import type { CommandContext } from './command-context.js'
import { followEvents, type StreamItem } from './follow-events.js'
import { toneOf } from './resource-views.js'
import type { Terminal } from './terminal.js'
import { clockOf, durationBetween } from './time-text.js'

/** Which operation, how long, and where its lines go. */
export interface WatchOperation {
  id: string
  timeoutMs: number
  print: (line: string) => void
  paint: Terminal['paint']
}

const endStates: OperationState[] = ['succeeded', 'failed', 'cancelled']

// As long as the server itself lets an adapter look at what an interrupted operation left.
const lookMs = 60_000

const LogPage = z.object({ items: z.array(OperationLogEntry), next: z.exactOptional(z.string()) })

/**
 * Prints steps and log lines as they happen, until the operation ends; the operation as it then is.
 * An interrupted one has ended when the server has looked at the cluster, or has not been able to for a minute.
 */
export async function watchOperation({ api }: CommandContext, { id, timeoutMs, print, paint }: WatchOperation): Promise<Answer<Operation>> {
  const deadline = AbortSignal.timeout(timeoutMs)
  const look = limitLook()
  const told = new Map<string, string>()
  let lastEntry = 0
  let latest: Answer<Operation> | undefined

  // The stream says that there is news; what it is comes from the operation and its log, so that nothing is missed or told twice.
  async function catchUp(): Promise<Answer<Operation>> {
    const operation = await api.call({ path: `/operations/${id}`, answer: Operation })
    const lines = stepLines(operation.value, told, paint)
    for (let more = true; more; ) {
      const { value } = await api.call({
        path: `/operations/${id}/log`,
        query: { after: String(lastEntry), limit: '500' },
        answer: LogPage,
      })
      lines.push(...logLines(value.items, paint))
      lastEntry = value.items.at(-1)?.n ?? lastEntry
      more = value.next !== undefined
    }
    for (const { text } of lines.sort((a, b) => a.at.localeCompare(b.at))) print(text)
    return operation
  }

  function isNews(item: StreamItem): boolean {
    if (item.kind === 'opened') return true
    if (item.kind === 'event') return item.event.subject === id
    return item.subject === id && Number(item.data.n) > lastEntry
  }

  for await (const item of followEvents(api, { signal: AbortSignal.any([deadline, look.signal]) })) {
    if (!isNews(item)) continue
    latest = await catchUp()
    if (hasEnded(latest.value)) return latest
    look.limit(latest.value.state === 'interrupted')
  }
  if (latest?.value.state === 'interrupted') return latest
  throw new CliError(`Operation ${id} did not end within ${timeoutMs / 1000} s.`, {
    why: 'It goes on: waiting longer or not changes nothing in the cluster.',
    remedy: `Watch it again with meshwright operation watch ${id}, or give a longer --timeout.`,
  })
}

// The limit runs from the first news of an interruption until somebody resumes it; it keeps no process alive.
function limitLook(): { signal: AbortSignal; limit: (interrupted: boolean) => void } {
  const tooLong = new AbortController()
  let timer: NodeJS.Timeout | undefined
  return {
    signal: tooLong.signal,
    limit(interrupted) {
      if (!interrupted) clearTimeout(timer)
      timer = interrupted ? (timer ?? setTimeout(() => tooLong.abort(), lookMs).unref()) : undefined
    },
  }
}

function hasEnded({ state, outcome }: Operation): boolean {
  return endStates.includes(state) || (state === 'interrupted' && hasBeenLookedAt(outcome))
}

// An interrupted operation has an outcome at once; what the server found in the cluster is added to it.
function hasBeenLookedAt(outcome: Operation['outcome']): boolean {
  return outcome?.summary !== undefined || outcome?.resumeFrom !== undefined
}

const verbLabels: Record<OperationVerb, string> = { resume: 'go on:  ', retry: 'again:  ', cancel: 'give up:' }

/** How an ended operation is told on one or more lines. */
export function outcomeText({ state, outcome, error, can, id }: Operation, paint: Terminal['paint']): string {
  const lines = [`Operation ${id}: ${paint(state, toneOf(state))}`]
  if (outcome?.summary) lines.push(`    ${outcome.summary}`)
  if (error) lines.push(`    what:    ${error.title}`)
  if (error?.cause) lines.push(`    why:     ${error.cause}`)
  if (error?.remedy) lines.push(`    do this: ${error.remedy}`)
  if (outcome && outcome.world !== 'clean') lines.push(`    cluster: ${outcome.world === 'partial' ? 'partly changed' : 'state not known'}`)
  if (state === 'interrupted' && !hasBeenLookedAt(outcome)) lines.push('    The cluster could not be looked at yet.')
  lines.push(...can.map((verb) => `    ${verbLabels[verb]} meshwright operation ${verb} ${id}`))
  return lines.join('\n')
}

interface Line {
  at: string
  text: string
}

function logLines(entries: OperationLogEntry[], paint: Terminal['paint']): Line[] {
  return entries.map(({ at, level, step, message }) => {
    const tone = level === 'error' ? 'bad' : level === 'warning' ? 'warn' : 'quiet'
    return { at, text: `${clockOf(at)}     ${step ? `${step}: ` : ''}${paint(message, tone)}` }
  })
}

// Each step once per state: a step that was pending all along says nothing.
function stepLines({ steps, startedAt = '' }: Operation, told: Map<string, string>, paint: Terminal['paint']): Line[] {
  const changed = steps.filter(({ key, state }) => state !== 'pending' && told.get(key) !== state)
  return changed.map((step) => {
    told.set(step.key, step.state)
    const at = step.endedAt ?? step.startedAt ?? startedAt
    const took = step.startedAt && step.endedAt ? ` after ${durationBetween(step.startedAt, step.endedAt)}` : ''
    return { at, text: `${clockOf(at)}   ${paint(step.title, 'strong')}: ${paint(step.state, toneOf(step.state))}${took}` }
  })
}
