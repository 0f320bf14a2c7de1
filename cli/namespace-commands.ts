import { Command } from 'commander'
import { Cluster } from '../contract/cluster.js'
import { NamespaceMembership } from '../contract/installation.js'
import { withClusterColumn } from './cluster-column.js'
import { type OutputOption, openContext, withOutput } from './command-context.js'
import { findCluster } from './find-cluster.js'
import { printList, type ResourceView } from './print-resource.js'

interface NamespaceOptions extends OutputOption {
  cluster?: string
}

const asks = { in: 'in', out: 'out', unset: '-' }

const namespaceView: ResourceView<NamespaceMembership> = {
  name: ({ namespace }) => `namespace/${namespace}`,
  none: 'No namespace asks for a mesh, and no mesh is installed.',
  columns: [
    { title: 'NAMESPACE', value: (row) => row.namespace },
    { title: 'MESH', value: (row) => row.mesh },
    { title: 'ASKS', value: (row) => asks[row.desired] },
    { title: 'BY', value: (row) => row.mark ?? '' },
    { title: 'PODS', value: (row) => `${row.injected}/${row.total}` },
    { title: 'RESTART', value: (row) => row.needsRestart, tone: (row) => (row.needsRestart > 0 ? 'warn' : undefined) },
    { title: 'CONFLICTS', value: (row) => row.conflicts.join(','), tone: (row) => (row.conflicts.length > 0 ? 'bad' : undefined) },
  ],
}

/** `meshwright namespace …`: who asks for which mesh, and what the pods are; `mesh join` and `mesh leave` change it. */
export function namespaceCommands(): Command {
  const namespace = new Command('namespace').description('which namespaces ask for which mesh, and what their pods are')
  withOutput(namespace.command('list').description('list the namespaces with every mesh that is there or asked for'))
    .option('--cluster <cluster>', 'only of this cluster')
    .action(listNamespaces)
  return namespace
}

async function listNamespaces({ cluster, ...options }: NamespaceOptions): Promise<void> {
  const context = openContext(options)
  const { api, terminal } = context
  const query = cluster === undefined ? {} : { cluster: (await findCluster(context, cluster)).value.id }
  const [rows, clusters] = await Promise.all([api.list('/namespaces', NamespaceMembership, query), api.list('/clusters', Cluster)])
  const view = withClusterColumn(namespaceView, clusters.value, (row) => row.cluster)
  printList({ terminal, format: options.output }, view, rows)
}
