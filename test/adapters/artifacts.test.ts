import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { largestArtifactBytes, openArtifacts } from '../../adapters/runtime/artifacts.js'
import { openOperationLog } from '../../adapters/runtime/operation-log.js'
import type { ArtifactPart } from '../../proto/gen/meshwright/adapter/v1/adapter.js'

const open = () => {
  const journal = openOperationLog('one', 0n)
  return { journal, artifacts: openArtifacts(journal), signal: new AbortController() }
}
const partsOf = async ({ journal }: ReturnType<typeof open>): Promise<ArtifactPart[]> => {
  const parts: ArtifactPart[] = []
  journal.outcome({ state: 'succeeded', world: 'clean', resumeFrom: '', problem: undefined, summary: '' })
  for await (const { entry } of journal.read(0n, new AbortController().signal)) if (entry?.$case === 'artifact') parts.push(entry.value)
  return parts
}
const text = 'a'.repeat(600 * 1024)
const sha256 = createHash('sha256').update(text).digest('hex')
const file = { name: 'a.yaml', mediaType: 'application/yaml', text: [text] }

describe('A file that an operation hands over', () => {
  it('crosses in parts, of which the last carries the sum of all', async () => {
    const opened = open()
    const handed = opened.artifacts.handOver(file, opened.signal.signal)
    const parts = await partsOf(opened)
    expect(parts.map((part) => [part.content.byteLength, part.sha256])).toEqual([
      [256 * 1024, ''],
      [256 * 1024, ''],
      [88 * 1024, sha256],
    ])
    opened.artifacts.kept({ name: 'a.yaml', sha256 })
    await handed
  })

  it('is let go of once it has arrived', async () => {
    const opened = open()
    const handed = opened.artifacts.handOver(file, opened.signal.signal)
    opened.artifacts.kept({ name: 'a.yaml', sha256 })
    await handed
    expect((await partsOf(opened)).map((part) => part.content.byteLength)).toEqual([0, 0, 0])
  })

  it('is not handed over when the server stored something else', async () => {
    const opened = open()
    const handed = opened.artifacts.handOver(file, opened.signal.signal)
    opened.artifacts.kept({ name: 'a.yaml', sha256: '' })
    await expect(handed).rejects.toMatchObject({ code: 'artifact-not-kept', message: expect.stringContaining('nothing was deleted') })
  })

  it('is not handed over when it is too large, and nothing of it is sent', async () => {
    const opened = open()
    const large = { ...file, text: ['a'.repeat(largestArtifactBytes), 'b'] }
    await expect(opened.artifacts.handOver(large, opened.signal.signal)).rejects.toMatchObject({ code: 'artifact-too-large' })
    expect(await partsOf(opened)).toEqual([])
  })

  it('is given up with the reason of whoever cancelled', async () => {
    const opened = open()
    const handed = opened.artifacts.handOver(file, opened.signal.signal)
    opened.signal.abort('cancelled')
    await expect(handed).rejects.toBe('cancelled')
  })
})
