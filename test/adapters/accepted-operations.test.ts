import { describe, expect, it } from 'vitest'
import { type AcceptedOperation, openAcceptedOperations } from '../../adapters/runtime/accepted-operations.js'
import type { Outcome, StartRequest } from '../../proto/gen/meshwright/adapter/v1/adapter.js'

const failed: Outcome = { state: 'failed', world: 'partial', resumeFrom: 'istiod', problem: undefined, summary: '' }
const succeeded: Outcome = { state: 'succeeded', world: 'clean', resumeFrom: '', problem: undefined, summary: '' }

const request = (resumeFrom = ''): StartRequest => ({
  ...{ operation: 'op', call: undefined, grant: undefined, digest: undefined, deadline: undefined },
  ...{ resumeFrom, confirmed: [] },
})
const running = ({ journal }: AcceptedOperation, key: string) => journal.step({ key, title: key, state: 'running' })

async function read({ journal }: AcceptedOperation, n: bigint): Promise<string[]> {
  const entries: string[] = []
  for await (const { n: number, entry } of journal.read(n, new AbortController().signal)) {
    entries.push(`${number} ${entry?.$case === 'step' ? entry.value.key : entry?.$case === 'outcome' ? entry.value.state : ''}`)
  }
  return entries
}

describe('An operation that is taken up again in the same incarnation', () => {
  const runTwice = async () => {
    const operations = openAcceptedOperations('one')
    await operations.accept(request(), async (operation) => {
      running(operation, 'base')
      operation.journal.outcome(failed)
    })
    await operations.accept(request('istiod'), async () => undefined)
    return operations.find('op')
  }

  it('tells its own outcome to whoever watches from the start, never that of the run before', async () => {
    const operation = await runTwice()
    expect(operation.journal.ended).toBeUndefined()
    const watched = read(operation, 0n)
    running(operation, 'istiod')
    operation.journal.outcome(succeeded)
    expect(await watched).toEqual(['3 istiod', '4 succeeded'])
  })

  it('goes on for whoever had read the run before to its end', async () => {
    const operation = await runTwice()
    running(operation, 'istiod')
    operation.journal.outcome(succeeded)
    expect(await read(operation, 2n)).toEqual(['3 istiod', '4 succeeded'])
    expect(await read(operation, 3n)).toEqual(['4 succeeded'])
  })

  it('keeps the journal of the run before when it is refused', async () => {
    const operations = openAcceptedOperations('one')
    await operations.accept(request(), async ({ journal }) => journal.outcome(failed))
    await expect(operations.accept(request('istiod'), () => Promise.reject(new Error('refused')))).rejects.toThrow('refused')
    expect(await read(operations.find('op'), 0n)).toEqual(['1 failed'])
  })
})
