import { Cluster } from '../contract/cluster.js'
import type { Answer } from './api-client.js'
import { CliError } from './cli-error.js'
import type { CommandContext } from './command-context.js'

/** The cluster by name or id; without either the only one there is. `howToName` is the remedy when there are several. */
export async function findCluster(
  { api }: CommandContext,
  wanted: string | undefined,
  howToName = 'Name one with --cluster.',
): Promise<Answer<Cluster>> {
  const { value: clusters } = await api.list('/clusters', Cluster, { limit: '500' })
  const names = clusters.map(({ name }) => name).join(', ')
  const [found, ...others] = clusters.filter(({ id, name }) => wanted === undefined || id === wanted || name === wanted)
  if (found && others.length === 0) return api.call({ path: `/clusters/${found.id}`, answer: Cluster })
  if (clusters.length === 0) {
    throw new CliError('There is no cluster yet.', { remedy: 'Add one: meshwright cluster add <name> --context <context>.', exitCode: 2 })
  }
  if (wanted === undefined) {
    throw new CliError('Which cluster?', {
      why: `There are ${clusters.length}: ${names}.`,
      remedy: howToName,
      exitCode: 2,
    })
  }
  if (found) {
    throw new CliError(`Several clusters are named ${wanted}.`, { remedy: 'Give the id: meshwright cluster list -o wide.', exitCode: 2 })
  }
  throw new CliError(`There is no cluster ${wanted}.`, {
    why: `There are: ${names}.`,
    remedy: 'Name one of them.',
    exitCode: 2,
  })
}
