import { setTimeout as sleep } from 'node:timers/promises'
import type { TestCluster } from '../test-cluster.js'

const deadlineMs = 180_000

/**
 * Deletes every custom resource definition and waits until they are gone. The API server waits longer and longer before it
 * looks again at a definition that it could not finish with; a change has it look at once.
 */
export async function deleteDefinitions({ kubectl }: TestCluster): Promise<void> {
  await kubectl(['delete', 'crd', '--all', '--wait=false'])
  const deadline = Date.now() + deadlineMs
  for (;;) {
    const left = (await kubectl(['get', 'crd', '--output=name'])).split('\n').filter(Boolean)
    if (left.length === 0) return
    if (Date.now() > deadline) throw new Error(`Still there after ${deadlineMs} ms: ${left.join(', ')}`)
    await kubectl(['annotate', ...left, '--overwrite', `example.com/again=${Date.now()}`]).catch((error: Error) => {
      // One of them went in the meantime: that is what is waited for.
      if (!error.message.includes('not found')) throw error
    })
    await sleep(100)
  }
}
