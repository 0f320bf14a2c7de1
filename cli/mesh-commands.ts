import { Command } from 'commander'
import { Mesh, MeshVersion } from '../contract/mesh.js'
import { type ActionFlags, readActionFlags, withActionFlags } from './action-flags.js'
import { type CommandContext, type OutputOption, openContext, type WaitOption, withOutput, withWait } from './command-context.js'
import { findCluster } from './find-cluster.js'
import { type MadePlan, makePlan } from './make-plan.js'
import { planMarkdown } from './plan-markdown.js'
import { planReport } from './plan-report.js'
import { printBody, printList } from './print-resource.js'
import { meshView, versionView } from './resource-views.js'
import { type ConfirmFlags, reportOperation, startPlan, withConfirm } from './run-action.js'

interface PlanOptions extends Omit<OutputOption, 'output'>, ActionFlags {
  output: OutputOption['output'] | 'markdown'
  cluster?: string
  action: string
  timeout: number
}

interface RunOptions extends OutputOption, ActionFlags, WaitOption, ConfirmFlags {
  cluster?: string
  dryRun?: boolean
}

/** `meshwright mesh …`. All that change a cluster go the same way: plan, show it, ask, start, follow. */
export function meshCommands(): Command {
  const mesh = new Command('mesh').description('service meshes: what there is, and what to do with it')
  withOutput(mesh.command('list').description('list the meshes that Meshwright knows')).action(listMeshes)
  withOutput(mesh.command('versions').description('list the versions that can be installed')).argument('<mesh>').action(listVersions)
  const plan = mesh
    .command('plan')
    .description('show what an action would do; changes nothing; exit 1 when something is refused')
    .argument('<mesh>')
  withWait(withActionFlags(withOutput(plan, ['table', 'json', 'yaml', 'markdown'])))
    .option('--action <action>', 'what to plan', 'install')
    .action(showPlan)
  const install = mesh.command('install').description('plan and install a mesh').argument('<mesh>')
  withRunFlags(install).action((name: string, options: RunOptions) => runAction({ mesh: name, action: 'install' }, options))
  const uninstall = mesh.command('uninstall').description('plan and remove a mesh').argument('<mesh>')
  withRunFlags(uninstall).action((name: string, options: RunOptions) => runAction({ mesh: name, action: 'uninstall' }, options))
  const run = mesh.command('run').description('plan and run any action that a mesh offers').argument('<mesh>').argument('<action>')
  withRunFlags(run).action((name: string, action: string, options: RunOptions) => runAction({ mesh: name, action }, options))
  return mesh
}

function withRunFlags(command: Command): Command {
  return withConfirm(withWait(withActionFlags(withOutput(command)))).option('--dry-run', 'only show the plan')
}

async function listMeshes(options: OutputOption): Promise<void> {
  const { api, terminal } = openContext(options)
  printList({ terminal, format: options.output }, meshView, await api.list('/meshes', Mesh))
}

async function listVersions(mesh: string, options: OutputOption): Promise<void> {
  const { api, terminal } = openContext(options)
  printList({ terminal, format: options.output }, versionView, await api.list(`/meshes/${encodeURIComponent(mesh)}/versions`, MeshVersion))
}

async function showPlan(mesh: string, options: PlanOptions): Promise<void> {
  const context = openContext(options)
  printPlan(context, await planFor(context, { mesh, action: options.action }, options), options.output)
}

async function runAction(target: { mesh: string; action: string }, options: RunOptions): Promise<void> {
  const context = openContext(options)
  const plan = await planFor(context, target, options)
  if (options.dryRun) return printPlan(context, plan, options.output)
  await reportOperation(context, await startPlan(context, plan, options), options)
}

// Flags are read first: a wrong one is told before anything is asked of a server.
async function planFor(
  context: CommandContext,
  target: { mesh: string; action: string },
  options: ActionFlags & { cluster?: string; timeout: number },
): Promise<MadePlan> {
  const wanted = readActionFlags(options)
  const { value: cluster } = await findCluster(context, options.cluster)
  return makePlan(context, { cluster: cluster.id, ...target, ...wanted }, AbortSignal.timeout(options.timeout))
}

function printPlan({ terminal }: CommandContext, plan: MadePlan, output: PlanOptions['output']): void {
  if (output === 'json' || output === 'yaml') printBody(terminal, plan.body, output)
  else if (output === 'name') terminal.data(`plan/${plan.value.id}`)
  else terminal.data(output === 'markdown' ? planMarkdown(plan) : planReport(plan, terminal.paint))
  process.exitCode = plan.value.state === 'refused' ? 1 : 0
}
