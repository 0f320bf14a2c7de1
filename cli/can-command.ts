import { Command } from 'commander'
import { Cluster } from '../contract/cluster.js'
import { type HandlingAnswer, Installation } from '../contract/installation.js'
import { withClusterColumn } from './cluster-column.js'
import { type OutputOption, openContext, withOutput } from './command-context.js'
import { findCluster } from './find-cluster.js'
import { printList, type ResourceView } from './print-resource.js'

interface CanOptions extends OutputOption {
  cluster?: string
}

interface Row extends HandlingAnswer {
  of: Installation
}

const rowView: ResourceView<Row> = {
  name: ({ of, handling }) => `installation/${of.id}/${handling}`,
  none: 'No mesh is installed on the clusters that are connected.',
  columns: [
    { title: 'MESH', value: ({ of }) => of.mesh },
    { title: 'NAMESPACE', value: ({ of }) => of.namespace || '-' },
    { title: 'REVISION', value: ({ of }) => of.revision || '-' },
    { title: 'INSTALLER', value: ({ of }) => of.installer },
    { title: 'WHAT', value: ({ handling }) => handling },
    { title: 'ANSWER', value: ({ verdict }) => verdict, tone: ({ verdict }) => (verdict === 'act' ? 'good' : 'warn') },
    { title: 'WHY', value: ({ reason }) => reason ?? '', tone: () => 'quiet' },
  ],
}

/** `meshwright mesh can`: of each installation, what Meshwright does to it, and where everything else is done. */
export function canCommand(): Command {
  const can = new Command('can').description('what can be done with what is installed, and where else it is changed; changes nothing')
  return withOutput(can)
    .argument('[mesh]', 'only this mesh')
    .option('--cluster <cluster>', 'only this cluster, by name or id')
    .action(listAnswers)
}

async function listAnswers(mesh: string | undefined, options: CanOptions): Promise<void> {
  const { cluster, output } = options
  const context = openContext(options)
  const { api, terminal } = context
  const only = cluster === undefined ? {} : { cluster: (await findCluster(context, cluster)).value.id }
  const [clusters, installations] = await Promise.all([
    api.list('/clusters', Cluster, { limit: '500' }),
    api.list('/installations', Installation, { ...only, ...(mesh ? { mesh } : {}) }),
  ])
  const rows = installations.value.flatMap((of) => of.can.map((answer) => ({ ...answer, of })))
  const view = withClusterColumn(rowView, clusters.value, ({ of }) => of.cluster)
  printList({ terminal, format: output }, view, { value: rows, body: installations.body })
}
