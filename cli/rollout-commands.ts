import { Command, Option } from 'commander'
import { Cluster } from '../contract/cluster.js'
import { Plan } from '../contract/plan.js'
import { Rollout, RolloutMode } from '../contract/rollout.js'
import type { Answer } from './api-client.js'
import { CliError } from './cli-error.js'
import { withClusterColumn } from './cluster-column.js'
import {
  type CommandContext,
  collectFlag,
  type OutputOption,
  openContext,
  type WaitOption,
  withOutput,
  withWait,
} from './command-context.js'
import { findCluster } from './find-cluster.js'
import { awaitPlan } from './make-plan.js'
import { printBody, printList } from './print-resource.js'
import { rolloutView } from './resource-views.js'
import { rolloutReport } from './rollout-report.js'
import { type ConfirmFlags, readAndConfirm, withConfirm } from './run-action.js'
import { outcomeText, watchOperation } from './watch-operation.js'

interface StartOptions extends OutputOption {
  cluster?: string
  namespace?: string
  revision?: string
  installation?: string
  version: string
  newRevision?: string
  mode?: RolloutMode
  tag?: string
  wave?: string[]
}

/** `meshwright rollout …`: an upgrade by a second control plane, one approval for each stage. */
export function rolloutCommands(): Command {
  const rollout = new Command('rollout').description('upgrades by a second control plane, stage by stage, over days if need be')
  withOutput(rollout.command('start').description('begin one: plans its first stage, and changes nothing'))
    .argument('<mesh>')
    .requiredOption('--version <version>', 'version of the second control plane')
    .option('--cluster <cluster>', 'name or id; not needed when there is only one')
    .option('-n, --namespace <namespace>', 'namespace of the control plane')
    .option('--revision <revision>', 'revision to upgrade, when there are several')
    .option('--installation <id>', 'the installation to upgrade, when there are several')
    .option('--new-revision <revision>', 'revision of the second control plane (default: the version with dashes)')
    .addOption(new Option('--mode <mode>', 'how namespaces move (default: tag with --tag, else labels)').choices(RolloutMode.options))
    .option('--tag <tag>', 'the tag that namespaces ask for, such as prod')
    .option('--wave <namespaces>', 'namespaces that move together, such as shop,pay (repeatable; default: each by itself)', collectFlag)
    .action(start)
  withOutput(rollout.command('list').description('list rollouts, newest first'))
    .option('--cluster <cluster>', 'only those on this cluster')
    .action(list)
  withOutput(rollout.command('show').description('show the stages of one, what stands now, and what comes next'))
    .argument('<id>')
    .action(show)
  withConfirm(withWait(withOutput(rollout.command('approve').description('read the plan of the present stage, and start it'))))
    .argument('<id>')
    .action(approve)
  steer(rollout, 'replan', 'plan the present stage again: it was refused or is out of date, or its operation failed')
  steer(rollout, 'stop', 'let no further stage come; what runs goes on to its end, and what was done stays')
  return rollout
}

function steer(rollout: Command, verb: 'replan' | 'stop', description: string): void {
  withOutput(rollout.command(verb).description(description))
    .argument('<id>')
    .action(async (id: string, options: OutputOption) => {
      const context = openContext(options)
      printRollout(context, await context.api.call({ method: 'POST', path: `${pathOf(id)}/${verb}`, answer: Rollout }), options)
    })
}

async function start(mesh: string, options: StartOptions): Promise<void> {
  const context = openContext(options)
  const { namespace, revision, installation, version, newRevision, tag, mode = tag === undefined ? 'labels' : 'tag', wave } = options
  const { value: cluster } = await findCluster(context, options.cluster)
  const waves = wave?.map((names) => names.split(',').filter((name) => name !== ''))
  const body = { kind: 'canary', cluster: cluster.id, mesh, namespace, revision, installation, version, newRevision, mode, tag, waves }
  printRollout(context, await context.api.call({ method: 'POST', path: '/rollouts', body, answer: Rollout }), options)
}

async function list(options: OutputOption & { cluster?: string }): Promise<void> {
  const context = openContext(options)
  const cluster = options.cluster === undefined ? undefined : await findCluster(context, options.cluster)
  const answer = await context.api.list('/rollouts', Rollout, { limit: '500', cluster: cluster?.value.id })
  const { value: clusters } = await context.api.list('/clusters', Cluster, { limit: '500' })
  printList(
    { terminal: context.terminal, format: options.output },
    withClusterColumn(rolloutView, clusters, ({ cluster: id }) => id),
    answer,
  )
}

async function show(id: string, options: OutputOption): Promise<void> {
  const context = openContext(options)
  printRollout(context, await readRollout(context, id), options)
}

async function approve(id: string, options: OutputOption & WaitOption & ConfirmFlags): Promise<void> {
  const context = openContext(options)
  const { api, terminal } = context
  const { value } = await readRollout(context, id)
  const waiting = value.state === 'planning' || value.state === 'waiting-for-approval' ? value.stages[value.stage]?.plan : undefined
  if (waiting === undefined) throw nothingToApprove(value)
  const asked = await api.call({ path: `/plans/${waiting}`, answer: Plan })
  const plan = await awaitPlan(context, asked, AbortSignal.timeout(options.timeout))
  const confirm = await readAndConfirm(context, plan, options)
  const started = await api.call({ method: 'POST', path: `${pathOf(id)}/approve`, body: { plan: waiting, confirm }, answer: Rollout })
  const operation = started.value.stages[started.value.stage]?.operation
  if (!options.wait || operation === undefined) return printRollout(context, started, options)
  const ended = await watchOperation(context, {
    id: operation,
    timeoutMs: options.timeout,
    print: terminal.talk,
    paint: terminal.paintTalk,
  })
  terminal.talk(outcomeText(ended.value, terminal.paintTalk))
  printRollout(context, await readRollout(context, id), options)
  process.exitCode = ended.value.state === 'succeeded' ? 0 : 1
}

function nothingToApprove({ id, state, failure, can }: Rollout): CliError {
  return new CliError(`Nothing was started: the rollout is ${state}.`, {
    why: failure?.title,
    remedy: can.includes('replan')
      ? `meshwright rollout show ${id} says what to mend; then meshwright rollout replan ${id}.`
      : `meshwright rollout show ${id} says what can be done.`,
  })
}

function readRollout({ api }: CommandContext, id: string): Promise<Answer<Rollout>> {
  return api.call({ path: pathOf(id), answer: Rollout })
}

function printRollout({ terminal }: CommandContext, { value, body }: Answer<Rollout>, { output }: OutputOption): void {
  if (output === 'json' || output === 'yaml') printBody(terminal, body, output)
  else if (output === 'name') terminal.data(rolloutView.name(value))
  else terminal.data(rolloutReport(value, { paint: terminal.paint, wide: output === 'wide' }))
}

function pathOf(id: string): string {
  return `/rollouts/${encodeURIComponent(id)}`
}
