import { readFileSync } from 'node:fs'
import { text } from 'node:stream/consumers'
import { Command, Option } from 'commander'
import { z } from 'zod'
import { Cluster, type ClusterCheck, ClusterCheckReport, type NewCluster } from '../contract/cluster.js'
import { KubeconfigContext } from '../contract/kubeconfig-context.js'
import { SandboxState, SceneName } from '../contract/sandbox.js'
import { CliError } from './cli-error.js'
import { type CommandContext, type OutputOption, openContext, withOutput } from './command-context.js'
import { findCluster } from './find-cluster.js'
import { printBody, printList, printOne } from './print-resource.js'
import { clusterView, contextView, sandboxView } from './resource-views.js'
import { shellWord } from './shell-word.js'
import type { Terminal, Tone } from './terminal.js'

interface AddOptions extends OutputOption {
  kubeconfig?: string
  context?: string
  scope?: string
  sandbox?: boolean
  scene?: SceneName
}

interface ResetOptions extends OutputOption {
  scene?: SceneName
  yes?: boolean
}

/** `meshwright cluster …`: what the server may reach, and whether it can. */
export function clusterCommands(): Command {
  const cluster = new Command('cluster').description('Kubernetes clusters that the server may reach')
  withOutput(cluster.command('list').description('list the connected clusters')).action(listClusters)
  withOutput(cluster.command('contexts').description("list the contexts of the server machine's kubeconfig; dials nothing")).action(
    listContexts,
  )
  withOutput(cluster.command('add').description('connect a cluster'))
    .argument('[name]', 'what to call it (default: the name of the context)')
    .option('--kubeconfig <file>', 'upload this file, or - for stdin; credentials must be inline')
    .option('--context <name>', "the context to use: of that file, else of the server machine's own kubeconfig")
    .option('--sandbox', 'a simulated cluster of the server itself: needs nothing, and says nothing about a mesh')
    .addOption(new Option('--scene <scene>', 'what a simulated cluster begins with').choices(SceneName.options))
    .option('--scope <namespaces>', 'only these namespaces, such as team-a,team-b (default: the whole cluster)')
    .action(addCluster)
  withOutput(cluster.command('check').description('check reach, authentication, permissions and version'))
    .argument('[cluster]', 'name or id; not needed when there is only one')
    .action(checkCluster)
  withOutput(cluster.command('reset').description('begin a simulated cluster anew; what was done in it is lost'))
    .argument('<cluster>', 'name or id')
    .addOption(new Option('--scene <scene>', 'what it begins with (default: the same as before)').choices(SceneName.options))
    .option('-y, --yes', 'do not ask')
    .action(resetCluster)
  withOutput(
    cluster
      .command('remove')
      .description('forget a cluster and its credential; changes nothing in a real one, throws a simulated one away'),
  )
    .argument('<cluster>', 'name or id')
    .option('-y, --yes', 'do not ask')
    .action(removeCluster)
  return cluster
}

async function listClusters(options: OutputOption): Promise<void> {
  const { api, terminal } = openContext(options)
  printList({ terminal, format: options.output }, clusterView, await api.list('/clusters', Cluster, { limit: '500' }))
}

async function listContexts(options: OutputOption): Promise<void> {
  const { api, terminal } = openContext(options)
  printList({ terminal, format: options.output }, contextView, await api.list('/kubeconfig-contexts', KubeconfigContext))
}

async function addCluster(name: string | undefined, options: AddOptions): Promise<void> {
  const { api, terminal } = openContext(options)
  const answer = await api.call({ method: 'POST', path: '/clusters', body: await newCluster(name, options), answer: Cluster })
  printOne({ terminal, format: options.output }, clusterView, answer)
  terminal.talk(`Next: meshwright cluster check ${shellWord(answer.value.name)}`)
}

// With a file its text is uploaded; without one the server reads the context from its own machine.
async function newCluster(wanted: string | undefined, { kubeconfig, context, scope, sandbox, scene }: AddOptions): Promise<NewCluster> {
  const isSimulated = sandbox === true || scene !== undefined
  if (isSimulated && (kubeconfig !== undefined || context !== undefined)) {
    throw new CliError('A cluster is either real or simulated.', {
      why: `${sandbox ? '--sandbox' : '--scene'} makes a simulated one; ${kubeconfig === undefined ? '--context' : '--kubeconfig'} names a real one.`,
      remedy: 'Leave one of the two out.',
      exitCode: 2,
    })
  }
  const name = wanted ?? context ?? (isSimulated ? 'playground' : undefined)
  if (name === undefined) throw new CliError('What is the cluster to be called?', { remedy: 'Give a name, or --context.', exitCode: 2 })
  const common = { name, ...(scope ? { scope: scope.split(',') } : {}) }
  if (isSimulated) return { ...common, sandbox: scene ? { scene } : true }
  if (kubeconfig) return { ...common, kubeconfig: await readInput(kubeconfig), ...(context ? { context } : {}) }
  if (context) return { ...common, contextRef: context }
  throw new CliError('Which cluster is it?', {
    remedy: 'Give --kubeconfig <file>, or --context <name> for one that meshwright cluster contexts lists.',
    exitCode: 2,
  })
}

async function resetCluster(wanted: string, { scene, yes, ...options }: ResetOptions): Promise<void> {
  const context = openContext(options)
  const { api, terminal } = context
  const { value: cluster } = await findCluster(context, wanted)
  // The server refuses a real one, whatever is said to the question.
  if (!yes && cluster.simulated) await insist(terminal, `Throw away everything in ${cluster.name}?`, 'Nothing was reset.')
  const body = scene ? { scene } : {}
  const answer = await api.call({ method: 'POST', path: `/clusters/${cluster.id}/sandbox/reset`, body, answer: SandboxState })
  printOne({ terminal, format: options.output }, sandboxView(cluster), answer)
  terminal.talk(`${cluster.name} begins anew, simulated.`)
}

/** Asks for a yes. Throws when the answer is another one, and as a wrong call where nobody can be asked. */
async function insist(terminal: Terminal, question: string, otherwise: string): Promise<void> {
  const answer = await terminal.ask(`${question} [y/N]`, { otherwise, instead: 'Say it with --yes.' })
  if (!/^y(es)?$/i.test(answer)) throw new CliError(otherwise)
}

async function readInput(file: string): Promise<string> {
  if (file === '-') return text(process.stdin)
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw new CliError(`${file} cannot be read.`, { why: String(error), exitCode: 2, from: error })
  }
}

async function checkCluster(wanted: string | undefined, options: OutputOption): Promise<void> {
  const context = openContext(options)
  const { api, terminal } = context
  const { value: cluster } = await findCluster(context, wanted, 'Name one: meshwright cluster check <cluster>.')
  const answer = await api.call({ method: 'POST', path: `/clusters/${cluster.id}/check`, answer: ClusterCheckReport })
  if (options.output === 'json' || options.output === 'yaml') printBody(terminal, answer.body, options.output)
  else printReport(context, cluster, answer.value)
  process.exitCode = answer.value.ok ? 0 : 1
}

// The signs of linkerd's check, which people know.
const marks: Record<ClusterCheck['result'], { sign: string; tone: Tone }> = {
  ok: { sign: '√', tone: 'good' },
  warning: { sign: '‼', tone: 'warn' },
  failed: { sign: '×', tone: 'bad' },
  skipped: { sign: '-', tone: 'quiet' },
}

function printReport({ terminal }: CommandContext, cluster: Cluster, report: ClusterCheckReport): void {
  for (const { check, result, message, cause, remedy } of report.checks) {
    const { sign, tone } = marks[result]
    terminal.data(`${terminal.paint(sign, tone)} ${check.padEnd(12)} ${message}`)
    if (cause) terminal.data(`    why:     ${cause}`)
    if (remedy) terminal.data(`    do this: ${remedy}`)
  }
  const { sign, tone } = marks[report.ok ? 'ok' : 'failed']
  terminal.data(`Status check results of ${cluster.name} are ${terminal.paint(sign, tone)}`)
}

async function removeCluster(wanted: string, options: OutputOption & { yes?: boolean }): Promise<void> {
  const context = openContext(options)
  const { api, terminal } = context
  const { value: cluster } = await findCluster(context, wanted)
  const question = cluster.simulated
    ? `Throw away ${cluster.name} and everything in it?`
    : `Forget cluster ${cluster.name} and its credential?`
  if (!options.yes) await insist(terminal, question, 'Nothing was removed.')
  await api.call({ method: 'DELETE', path: `/clusters/${cluster.id}`, answer: z.unknown() })
  const fate = cluster.simulated ? ', and everything in it is thrown away.' : '. Nothing was changed in it.'
  terminal.talk(`Cluster ${cluster.name} is forgotten${fate}`)
}
