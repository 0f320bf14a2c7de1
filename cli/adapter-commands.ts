import { Command } from 'commander'
import { Adapter } from '../contract/mesh.js'
import { type OutputOption, openContext, withOutput } from './command-context.js'
import { printList } from './print-resource.js'
import { adapterView } from './resource-views.js'

/** `meshwright adapter …`: whether the processes that change clusters are well. */
export function adapterCommands(): Command {
  const adapter = new Command('adapter').description('the processes that change clusters, one for each mesh')
  withOutput(adapter.command('list').description('list the adapters and how they are')).action(listAdapters)
  return adapter
}

async function listAdapters(options: OutputOption): Promise<void> {
  const { api, terminal } = openContext(options)
  printList({ terminal, format: options.output }, adapterView, await api.list('/adapters', Adapter))
}
