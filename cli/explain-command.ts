import { Command } from 'commander'
import { Explanation } from '../contract/explanation.js'
import { CliError } from './cli-error.js'
import { type CommandContext, type OutputOption, openContext, withOutput } from './command-context.js'
import { findCluster } from './find-cluster.js'
import { printBody } from './print-resource.js'
import type { Tone } from './terminal.js'

interface ExplainOptions extends OutputOption {
  cluster?: string
  mesh?: string
}

/** `meshwright explain shop/web-1` or `shop/deployment/web`: why it is in a mesh or not. */
export function explainCommand(): Command {
  const explain = new Command('explain').description('why a pod is in a mesh or not, proved by a dry run; changes nothing')
  return withOutput(explain, ['table', 'json', 'yaml'])
    .argument('<target>', 'NAMESPACE/POD, or a workload as NAMESPACE/deployment/NAME')
    .option('--cluster <cluster>', 'the cluster, by name or id')
    .option('--mesh <mesh>', 'only this mesh (default: each one that has to do with it)')
    .action(explainTarget)
}

async function explainTarget(target: string, options: ExplainOptions): Promise<void> {
  const place = readTarget(target)
  const context = openContext(options)
  const { value: cluster } = await findCluster(context, options.cluster)
  const query = { cluster: cluster.id, ...place, ...(options.mesh ? { mesh: options.mesh } : {}) }
  const { value: explanations, body } = await context.api.list('/workloads/explain', Explanation, query)
  if (options.output === 'json' || options.output === 'yaml') printBody(context.terminal, body, options.output)
  else for (const explanation of explanations) printExplanation(context, explanation)
}

// As kubectl takes them: in any case.
const kinds = ['Deployment', 'StatefulSet', 'DaemonSet', 'ReplicaSet', 'Job']

function readTarget(text: string): Record<string, string> {
  const [namespace = '', first = '', second, ...more] = text.split('/')
  if (namespace !== '' && first !== '' && second === undefined) return { namespace, pod: first }
  const kind = kinds.find((each) => each.toLowerCase() === first.toLowerCase())
  if (namespace !== '' && kind !== undefined && second && more.length === 0) return { namespace, workload: `${kind}/${second}` }
  throw new CliError(`${text} names neither a pod nor a workload.`, {
    remedy: `Write shop/web-1 for a pod, or shop/deployment/web for a workload; kinds are ${kinds.join(', ').toLowerCase()}.`,
    exitCode: 2,
  })
}

const verdictTones: Record<Explanation['verdict'], Tone> = {
  'in-mesh': 'good',
  'not-in-mesh': 'quiet',
  'after-restart': 'warn',
  refused: 'bad',
}
const reasonTones: Record<Explanation['reasons'][number]['severity'], Tone | undefined> = { error: 'bad', warning: 'warn', info: undefined }

function printExplanation({ terminal }: CommandContext, { summary, verdict, reasons, simulated }: Explanation): void {
  terminal.data(terminal.paint(simulated ? `${summary} (simulated)` : summary, verdictTones[verdict]))
  reasons.forEach(({ message, cause, remedy, severity }, index) => {
    const tone = reasonTones[severity]
    const line = `${String(index + 1).padStart(2)}. ${message}`
    terminal.data(tone ? terminal.paint(line, tone) : line)
    if (cause) terminal.data(`    why:     ${cause}`)
    if (remedy) terminal.data(`    do this: ${remedy}`)
  })
  terminal.data('')
}
