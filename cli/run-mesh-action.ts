import type { Command } from 'commander'
import type { ExportFormat } from '../contract/plan.js'
import { type ActionFlags, readActionFlags, withActionFlags } from './action-flags.js'
import { type CommandContext, type OutputOption, openContext, type WaitOption, withOutput, withWait } from './command-context.js'
import { findCluster } from './find-cluster.js'
import { type MadePlan, makePlan } from './make-plan.js'
import { planMarkdown } from './plan-markdown.js'
import { planReport } from './plan-report.js'
import { printBody } from './print-resource.js'
import { type ConfirmFlags, reportOperation, startPlan, withConfirm } from './run-action.js'

/** Flags of a command that plans an action of a mesh, shows the plan and starts it. */
export interface RunOptions extends OutputOption, ActionFlags, WaitOption, ConfirmFlags {
  cluster?: string
  dryRun?: boolean
}

/** All of these flags. */
export function withRunFlags(command: Command): Command {
  return withConfirm(withWait(withActionFlags(withOutput(command)))).option('--dry-run', 'only show the plan')
}

/** Plans it, shows it, asks, starts and follows it; with --dry-run it stops at the plan. */
export async function runAction(target: { mesh: string; action: string }, options: RunOptions): Promise<void> {
  const context = openContext(options)
  const plan = await planFor(context, target, options)
  if (options.dryRun) return printPlan(context, plan, options.output)
  await reportOperation(context, await startPlan(context, plan, options), options)
}

/** The plan of what the flags ask for. They are read first: a wrong one is told before anything is asked of a server. */
export async function planFor(
  context: CommandContext,
  target: { mesh: string; action: string },
  options: ActionFlags & { cluster?: string; timeout: number },
): Promise<MadePlan> {
  const wanted = readActionFlags(options)
  const { value: cluster } = await findCluster(context, options.cluster)
  return makePlan(context, { cluster: cluster.id, ...target, ...wanted }, AbortSignal.timeout(options.timeout))
}

/** Exits 1 when something in it is refused. */
export function printPlan({ terminal }: CommandContext, plan: MadePlan, output: OutputOption['output'] | 'markdown' | ExportFormat): void {
  if (output === 'json' || output === 'yaml') printBody(terminal, plan.body, output)
  else if (output === 'name') terminal.data(`plan/${plan.value.id}`)
  else terminal.data(output === 'markdown' ? planMarkdown(plan) : planReport(plan, terminal.paint))
  process.exitCode = plan.value.state === 'refused' ? 1 : 0
}
