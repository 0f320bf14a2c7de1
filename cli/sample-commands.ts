import { Command } from 'commander'
import { type OutputOption, type WaitOption, withOutput, withWait } from './command-context.js'
import { type ConfirmFlags, withConfirm } from './run-action.js'
import { runAction } from './run-mesh-action.js'

interface SampleOptions extends OutputOption, WaitOption, ConfirmFlags {
  cluster?: string
  mesh: string
  /** Of the sample, not of a control plane. */
  namespace?: string
  revision?: string
  mode?: string
  image?: string
  dryRun?: boolean
}

/** `meshwright sample …`: the short way to the actions install-sample and remove-sample. */
export function sampleCommands(): Command {
  const sample = new Command('sample').description('a small application of our own, in a mesh or in none: what to try a mesh with')
  withSampleFlags(sample.command('install').description('plan and install it; says where it answers'))
    .option('--mesh <mesh>', 'the mesh that its pods are members of (default: none)', 'kubernetes')
    .option('--revision <revision>', 'revision of the control plane')
    .option('--mode <mode>', 'sidecar or ambient, where the mesh has both')
    .option('--image <image>', 'what runs it: an image with Node 20 or newer')
    .action((options: SampleOptions) => runSample('install-sample', options))
  withSampleFlags(sample.command('remove').description('plan and remove it, with its namespace if that came with it')).action(
    (options: SampleOptions) => runSample('remove-sample', { ...options, mesh: 'kubernetes' }),
  )
  return sample
}

function withSampleFlags(command: Command): Command {
  return withConfirm(withWait(withOutput(command)))
    .option('--cluster <cluster>', 'name or id; not needed when there is only one')
    .option('-n, --namespace <namespace>', 'namespace of the sample (default: meshwright-sample)')
    .option('--dry-run', 'only show the plan')
}

async function runSample(action: string, { mesh, namespace, mode, image, ...options }: SampleOptions): Promise<void> {
  const param = Object.entries({ namespace, mode, image }).flatMap(([key, value]) => (value ? [`${key}=${JSON.stringify(value)}`] : []))
  await runAction({ mesh, action }, { ...options, param })
}
