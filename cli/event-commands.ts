import { Command } from 'commander'
import { z } from 'zod'
import { Event } from '../contract/event.js'
import { type CommandContext, type OutputOption, openContext, withOutput } from './command-context.js'
import { findCluster } from './find-cluster.js'
import { followEvents } from './follow-events.js'
import { printBody, printList, type ResourceView } from './print-resource.js'
import { clockOf } from './time-text.js'

interface EventOptions extends OutputOption {
  follow?: boolean
  cluster?: string
  kind?: string
  after?: string
}

const EventPage = z.object({ items: z.array(Event), next: z.exactOptional(z.string()) })

const eventView: ResourceView<Event> = {
  name: (event) => `event/${event.id}`,
  none: 'No events.',
  columns: [
    { title: 'ID', value: (event) => event.id },
    { title: 'TIME', value: (event) => clockOf(event.at) },
    { title: 'KIND', value: (event) => event.kind },
    {
      title: 'LEVEL',
      value: (event) => event.level,
      tone: ({ level }) => ({ info: undefined, warning: 'warn' as const, error: 'bad' as const })[level],
    },
    { title: 'SUBJECT', value: (event) => event.subject, wide: true },
    { title: 'MESSAGE', value: (event) => event.message },
  ],
}

/** `meshwright events`: the server's numbered facts, from the oldest that it keeps. */
export function eventCommands(): Command {
  return withOutput(new Command('events').description('what happened, oldest first; -f goes on'))
    .option('-f, --follow', 'go on as events happen')
    .option('--cluster <cluster>', 'only of this cluster')
    .option('--kind <kinds>', 'only of these kinds, such as operation.changed,cluster.changed')
    .option('--after <id>', 'only after this event')
    .action(showEvents)
}

// The pages end where the stream begins: following goes on after the last event that was printed.
async function showEvents(options: EventOptions): Promise<void> {
  const context = openContext(options)
  const { api, terminal } = context
  const cluster = options.cluster === undefined ? undefined : (await findCluster(context, options.cluster)).value.id
  const filter = { ...(cluster ? { cluster } : {}), ...(options.kind ? { kind: options.kind } : {}) }
  let after = options.after ?? '0'
  for (let more = true; more; ) {
    const page = await api.call({ path: '/events', query: { ...filter, after, limit: '500' }, answer: EventPage })
    printPage(context, { value: page.value.items, body: page.body }, options)
    after = String(page.value.items.at(-1)?.id ?? after)
    more = page.value.next !== undefined
  }
  if (!options.follow) return
  const query = `?${new URLSearchParams(filter)}`
  for await (const item of followEvents(api, { after: Number(after), query, signal: new AbortController().signal })) {
    if (item.kind === 'event') printEvent(context, item.event, options)
    else if (item.kind === 'opened' && !item.complete) terminal.talk('(events between are gone)')
  }
}

// A stream is lines: each event is one, so that a pipe can read it while it goes on.
function printPage(context: CommandContext, page: { value: Event[]; body: unknown }, options: EventOptions): void {
  if (!options.follow) printList({ terminal: context.terminal, format: options.output }, eventView, page)
  else for (const event of page.value) printEvent(context, event, options)
}

function printEvent({ terminal }: CommandContext, event: Event, { output }: EventOptions): void {
  if (output === 'json') terminal.data(JSON.stringify(event))
  else if (output === 'yaml') printBody(terminal, [event], 'yaml')
  else if (output === 'name') terminal.data(eventView.name(event))
  else terminal.data(`${event.id}  ${clockOf(event.at)}  ${event.kind.padEnd(20)}  ${event.message}`)
}
