import type { Command } from 'commander'
import { Operation } from '../contract/operation.js'
import type { Plan } from '../contract/plan.js'
import type { Answer } from './api-client.js'
import { CliError } from './cli-error.js'
import { type CommandContext, collectFlag, type OutputOption, type WaitOption } from './command-context.js'
import type { MadePlan } from './make-plan.js'
import { planReport } from './plan-report.js'
import { printOne } from './print-resource.js'
import { operationView } from './resource-views.js'
import { outcomeText, watchOperation } from './watch-operation.js'
import { wrapText } from './wrap-text.js'

/** What the user has confirmed beforehand; `confirm` holds codes that a plan names. */
export interface ConfirmFlags {
  yes?: boolean
  confirm?: string[]
}

/** `--yes` and `--confirm`, on each command that starts a plan. */
export function withConfirm(command: Command): Command {
  return command
    .option('-y, --yes', 'do not ask; what destroys still needs --confirm')
    .option('--confirm <code>', 'confirm what the plan names by this code (repeatable)', collectFlag)
}

/** Shows a plan, gets what it asks to be confirmed, and starts it. */
export async function startPlan(context: CommandContext, plan: MadePlan, flags: ConfirmFlags): Promise<Answer<Operation>> {
  const confirm = await readAndConfirm(context, plan, flags)
  return context.api.call({ method: 'POST', path: '/operations', body: { plan: plan.value.id, confirm }, answer: Operation })
}

/** Shows a plan and gets what it asks to be confirmed; the codes. Throws for one that is refused. */
export async function readAndConfirm(context: CommandContext, plan: MadePlan, flags: ConfirmFlags): Promise<string[]> {
  const { terminal } = context
  terminal.talk(`${planReport(plan, terminal.paintTalk)}\n`)
  if (plan.value.state === 'refused') {
    throw new CliError('Nothing was started: the plan is refused.', {
      why: 'See the errors above.',
      remedy: 'Mend what they name, and run this again.',
    })
  }
  return confirmPlan(context, plan.value, flags)
}

/** The started operation: printed, or followed to its end with `--wait`. */
export async function reportOperation(
  context: CommandContext,
  started: Answer<Operation>,
  { output, wait, timeout }: OutputOption & WaitOption,
): Promise<void> {
  const { terminal } = context
  const { id } = started.value
  if (!wait) {
    printOne({ terminal, format: output }, operationView, started)
    terminal.talk(`Follow it: meshwright operation watch ${id}`)
    return
  }
  const ended = await watchOperation(context, { id, timeoutMs: timeout, print: terminal.talk, paint: terminal.paintTalk })
  terminal.talk(outcomeText(ended.value, terminal.paintTalk))
  printOne({ terminal, format: output }, operationView, ended)
  process.exitCode = ended.value.state === 'succeeded' ? 0 : 1
}

// `--yes` is for what does no harm. What destroys is confirmed by its own code, typed or given.
async function confirmPlan({ terminal }: CommandContext, { confirmations }: Plan, { yes, confirm = [] }: ConfirmFlags): Promise<string[]> {
  const harmless = confirmations.filter(({ destructive }) => !destructive).map(({ code }) => code)
  const destructive = confirmations.filter((confirmation) => confirmation.destructive && !confirm.includes(confirmation.code))
  const typed: string[] = []
  for (const { code, text } of destructive) {
    const answer = await terminal.ask(`${wrapText(text)}\nType ${code} to confirm:`, {
      otherwise: 'Nothing was started.',
      instead: `Say it with --confirm ${code}.`,
    })
    if (answer !== code) throw new CliError('Nothing was started.', { why: `${code} was not confirmed.` })
    typed.push(code)
  }
  if (!yes && typed.length === 0) {
    const answer = await terminal.ask('Do it? [y/N]', { otherwise: 'Nothing was started.', instead: 'Say it with --yes.' })
    if (!/^y(es)?$/i.test(answer)) throw new CliError('Nothing was started.')
  }
  return [...harmless, ...typed, ...confirm.filter((code) => !harmless.includes(code))]
}
