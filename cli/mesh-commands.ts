import { Command } from 'commander'
import { z } from 'zod'
import { Mesh, MeshVersion } from '../contract/mesh.js'
import { ExportFormat } from '../contract/plan.js'
import { type ActionFlags, withActionFlags } from './action-flags.js'
import { canCommand } from './can-command.js'
import { checkCommand } from './check-commands.js'
import { type CommandContext, type OutputOption, openContext, withOutput, withWait } from './command-context.js'
import { findCluster } from './find-cluster.js'
import type { MadePlan } from './make-plan.js'
import { changesAnything } from './plan-changes.js'
import { planReport } from './plan-report.js'
import { printList } from './print-resource.js'
import { meshView, versionView } from './resource-views.js'
import { planFor, printPlan, type RunOptions, runAction, withRunFlags } from './run-mesh-action.js'

interface PlanOptions extends Omit<OutputOption, 'output'>, ActionFlags {
  output: OutputOption['output'] | 'markdown' | ExportFormat
  detailedExitCode?: boolean
  cluster?: string
  action: string
  timeout: number
}

const exportMs = 30_000

interface MembershipOptions extends RunOptions {
  mode?: string
  /** False with --no-restart. */
  restart: boolean
}

/** `meshwright mesh …`. All that change a cluster go the same way: plan, show it, ask, start, follow. */
export function meshCommands(): Command {
  const mesh = new Command('mesh').description('service meshes: what there is, and what to do with it')
  withOutput(mesh.command('list').description('list the meshes that Meshwright knows')).action(listMeshes)
  withOutput(mesh.command('versions').description('list the versions that can be installed'))
    .argument('<mesh>')
    .option('--cluster <cluster>', 'name or id: marks also what fits its Kubernetes and what is installed there')
    .option('--refresh', 'read the chart repository of the mesh first: lists versions that are newer than this Meshwright')
    .action(listVersions)
  const plan = mesh
    .command('plan')
    .description('show what an action would do; changes nothing; exit 1 when something is refused. -o helm, argo-cd and flux hand it on')
    .argument('<mesh>')
  withWait(withActionFlags(withOutput(plan, ['table', 'json', 'yaml', 'markdown', ...ExportFormat.options])))
    .option('--action <action>', 'what to plan', 'install')
    .option('--detailed-exit-code', 'exit 0 when nothing would change, 3 when something would')
    .action(showPlan)
  const install = mesh.command('install').description('plan and install a mesh').argument('<mesh>')
  withRunFlags(install).action((name: string, options: RunOptions) => runAction({ mesh: name, action: 'install' }, options))
  const upgrade = mesh.command('upgrade').description('plan and bring a mesh to another version').argument('<mesh>')
  withRunFlags(upgrade).action((name: string, options: RunOptions) => runAction({ mesh: name, action: 'upgrade' }, options))
  const uninstall = mesh.command('uninstall').description('plan and remove a mesh').argument('<mesh>')
  withRunFlags(uninstall)
    .option('--remove-definitions', 'also the definitions that its charts keep, and every object of their kinds, after an export')
    .action((name: string, { removeDefinitions, param = [], ...options }: RunOptions & { removeDefinitions?: boolean }) =>
      runAction(
        { mesh: name, action: 'uninstall' },
        { ...options, param: [...param, ...(removeDefinitions ? ['definitions=remove'] : [])] },
      ),
    )
  const join = mesh.command('join').description('let namespaces join a mesh: mark them, restart their workloads, look at every pod')
  withMembershipFlags(join)
    .option('--mode <mode>', 'sidecar or ambient, where the mesh has both')
    .action((name: string, namespaces: string[], options: MembershipOptions) =>
      runMembership({ mesh: name, action: 'join' }, namespaces, options),
    )
  const leave = mesh.command('leave').description('let namespaces leave a mesh: take their marks away and restart their workloads')
  withMembershipFlags(leave).action((name: string, namespaces: string[], options: MembershipOptions) =>
    runMembership({ mesh: name, action: 'leave' }, namespaces, options),
  )
  const run = mesh.command('run').description('plan and run any action that a mesh offers').argument('<mesh>').argument('<action>')
  withRunFlags(run).action((name: string, action: string, options: RunOptions) => runAction({ mesh: name, action }, options))
  mesh.addCommand(checkCommand())
  mesh.addCommand(canCommand())
  return mesh
}

function withMembershipFlags(command: Command): Command {
  return withRunFlags(command.argument('<mesh>').argument('<namespace...>')).option(
    '--no-restart',
    'only mark them: pods that run stay as they are',
  )
}

async function listMeshes(options: OutputOption): Promise<void> {
  const { api, terminal } = openContext(options)
  printList({ terminal, format: options.output }, meshView, await api.list('/meshes', Mesh))
}

async function listVersions(mesh: string, options: OutputOption & { cluster?: string; refresh?: boolean }): Promise<void> {
  const context = openContext(options)
  const { api, terminal } = context
  const cluster = options.cluster === undefined ? undefined : (await findCluster(context, options.cluster)).value.id
  const path = `/meshes/${encodeURIComponent(mesh)}/versions`
  if (options.refresh) await api.call({ method: 'POST', path: `${path}/refresh`, answer: z.unknown() })
  const versions = await api.list(path, MeshVersion, { cluster })
  printList({ terminal, format: options.output }, versionView, versions)
}

async function showPlan(mesh: string, options: PlanOptions): Promise<void> {
  const context = openContext(options)
  const plan = await planFor(context, { mesh, action: options.action }, options)
  const format = ExportFormat.safeParse(options.output)
  if (format.success) await printExport(context, plan, format.data)
  else printPlan(context, plan, options.output)
  if (options.detailedExitCode && plan.value.state === 'ready' && changesAnything(plan.value)) process.exitCode = 3
}

async function printExport({ api, terminal }: CommandContext, plan: MadePlan, format: ExportFormat): Promise<void> {
  const { id, state } = plan.value
  if (state === 'refused') {
    terminal.talk(planReport(plan, terminal.paintTalk))
    process.exitCode = 1
    return
  }
  const file = await api.open({ path: `/plans/${id}/export?format=${format}`, headers: {}, signal: AbortSignal.timeout(exportMs) })
  terminal.data((await file.text()).trimEnd())
}

async function runMembership(
  target: { mesh: string; action: string },
  namespaces: string[],
  { mode, restart, param = [], ...options }: MembershipOptions,
): Promise<void> {
  const own = [`namespaces=${JSON.stringify(namespaces)}`, ...(mode ? [`mode=${mode}`] : []), ...(restart ? [] : ['restart=false'])]
  await runAction(target, { ...options, param: [...param, ...own] })
}
