import { Command } from 'commander'
import { Cluster } from '../contract/cluster.js'
import { Operation } from '../contract/operation.js'
import { Plan } from '../contract/plan.js'
import { artifactCommand } from './artifact-command.js'
import { CliError } from './cli-error.js'
import { withClusterColumn } from './cluster-column.js'
import { type CommandContext, type OutputOption, openContext, type WaitOption, withOutput, withWait } from './command-context.js'
import { findCluster } from './find-cluster.js'
import { awaitPlan } from './make-plan.js'
import { printBody, printList } from './print-resource.js'
import { operationView } from './resource-views.js'
import { type ConfirmFlags, reportOperation, startPlan, withConfirm } from './run-action.js'
import { outcomeText, watchOperation } from './watch-operation.js'

/** `meshwright operation …`: look at work, follow it, and steer it. */
export function operationCommands(): Command {
  const operation = new Command('operation').description('what was done to clusters, and what is being done')
  withOutput(operation.command('list').description('list operations, newest first'))
    .option('--cluster <cluster>', 'only those on this cluster')
    .action(listOperations)
  withWait(
    withOutput(operation.command('watch').description('follow steps and log to the end; exit 1 unless it succeeds'), [
      'table',
      'json',
      'yaml',
    ]),
  )
    .argument('[id]', 'default: the newest')
    .action(watch)
  steer(operation, 'cancel', 'stop after what it is doing now')
  steer(operation, 'resume', 'go on with an interrupted operation')
  artifactCommand(operation)
  withConfirm(withWait(withOutput(operation.command('retry').description('plan a failed or cancelled operation again, and start it'))))
    .argument('<id>')
    .action(retry)
  return operation
}

function steer(operation: Command, verb: 'cancel' | 'resume', description: string): void {
  withWait(withOutput(operation.command(verb).description(description)))
    .argument('<id>')
    .action(async (id: string, options: OutputOption & WaitOption) => {
      const context = openContext(options)
      const answer = await context.api.call({ method: 'POST', path: `${pathOf(id)}/${verb}`, answer: Operation })
      await reportOperation(context, answer, options)
    })
}

async function listOperations(options: OutputOption & { cluster?: string }): Promise<void> {
  const context = openContext(options)
  const cluster = options.cluster === undefined ? undefined : await findCluster(context, options.cluster)
  const answer = await context.api.list('/operations', Operation, { limit: '500', cluster: cluster?.value.id })
  const { value: clusters } = await context.api.list('/clusters', Cluster, { limit: '500' })
  const view = withClusterColumn(operationView, clusters, ({ request }) => request.cluster)
  printList({ terminal: context.terminal, format: options.output }, view, answer)
}

// Steps and log are the data here, so they go to stdout; with -o json the operation is, and they become talk.
async function watch(wanted: string | undefined, options: OutputOption & WaitOption): Promise<void> {
  const context = openContext(options)
  const { terminal } = context
  const id = wanted ?? (await newestOperation(context))
  const isData = options.output === 'json' || options.output === 'yaml'
  const { print, paint } = isData ? { print: terminal.talk, paint: terminal.paintTalk } : { print: terminal.data, paint: terminal.paint }
  const ended = await watchOperation(context, { id, timeoutMs: options.timeout, print, paint })
  print(outcomeText(ended.value, paint))
  if (isData) printBody(terminal, ended.body, options.output === 'json' ? 'json' : 'yaml')
  process.exitCode = ended.value.state === 'succeeded' ? 0 : 1
}

async function newestOperation({ api }: CommandContext): Promise<string> {
  const [newest] = (await api.list('/operations', Operation, { limit: '500' })).value
  if (newest) return newest.id
  throw new CliError('There is no operation to watch.', { remedy: 'Start one, for example meshwright mesh install istio.', exitCode: 2 })
}

// A retry is a new plan of the same request: the cluster may have changed since.
async function retry(id: string, options: OutputOption & WaitOption & ConfirmFlags): Promise<void> {
  const context = openContext(options)
  const asked = await context.api.call({ method: 'POST', path: `${pathOf(id)}/retry`, answer: Plan })
  const plan = await awaitPlan(context, asked, AbortSignal.timeout(options.timeout))
  await reportOperation(context, await startPlan(context, plan, options), options)
}

function pathOf(id: string): string {
  return `/operations/${encodeURIComponent(id)}`
}
