import { Command } from 'commander'
import { z } from 'zod'
import { Cluster } from '../contract/cluster.js'
import { Installation } from '../contract/installation.js'
import { Adapter } from '../contract/mesh.js'
import { Operation } from '../contract/operation.js'
import { ProductVersion } from '../contract/product-version.js'
import { withClusterColumn } from './cluster-column.js'
import { type CommandContext, type OutputOption, openContext, withOutput } from './command-context.js'
import { printBody, printList } from './print-resource.js'
import { adapterView, clusterView, installationView, operationView } from './resource-views.js'

const OperationPage = z.object({ items: z.array(Operation) })

/** The dashboard in a terminal: server, clusters, what is installed, adapters, and the latest operations. */
export function statusCommand(): Command {
  const status = new Command('status').description('what the server knows: clusters, installations, adapters, latest operations')
  return withOutput(status).action(showStatus)
}

async function showStatus(options: OutputOption): Promise<void> {
  const context = openContext(options)
  const { terminal } = context
  const status = await readStatus(context)
  if (options.output === 'json' || options.output === 'yaml') {
    const bodies = Object.entries(status).map(([part, answer]) => [part, answer.body])
    return printBody(terminal, Object.fromEntries(bodies), options.output)
  }
  const clusters = status.clusters.value
  const installations = withClusterColumn(installationView, clusters, ({ cluster }) => cluster)
  // Of all that is shown only installations have no list command of their own.
  if (options.output === 'name') return printList({ terminal, format: 'name' }, installations, status.installations)
  const { version, commit, channel } = status.version.value
  terminal.data(`Meshwright ${version} (${channel}, ${commit}) at ${context.api.url}`)
  const section = (title: string) => terminal.data(`\n${terminal.paint(title, 'strong')}`)
  section('Clusters')
  printList({ terminal, format: options.output }, clusterView, status.clusters)
  section('Installations')
  printList({ terminal, format: options.output }, installations, status.installations)
  section('Adapters')
  printList({ terminal, format: options.output }, adapterView, status.adapters)
  section('Latest operations')
  printList(
    { terminal, format: options.output },
    withClusterColumn(operationView, clusters, ({ request }) => request.cluster),
    status.operations,
  )
}

async function readStatus({ api }: CommandContext) {
  const [version, clusters, installations, adapters, operations] = await Promise.all([
    api.call({ path: '/version', answer: ProductVersion }),
    api.list('/clusters', Cluster, { limit: '500' }),
    api.list('/installations', Installation),
    api.list('/adapters', Adapter),
    api.call({ path: '/operations', query: { limit: '5' }, answer: OperationPage }),
  ])
  return { version, clusters, installations, adapters, operations: { value: operations.value.items, body: operations.body } }
}
