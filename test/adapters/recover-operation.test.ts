import { describe, expect, it } from 'vitest'
import type { PreparedAction, Step, StepEvidence } from '../../adapters/runtime/mesh-adapter.js'
import { errorFinding, infoFinding } from '../../adapters/runtime/plan-findings.js'
import { recoverOperation } from '../../adapters/runtime/recover-operation.js'

const helmMissing = errorFinding({ code: 'helm-missing', message: 'helm 4 is needed for this.', cause: 'Looked in PATH.' })
const chartMissing = errorFinding({ code: 'chart-not-found', message: 'Chart istiod was not found.', cause: 'No mirror is set.' })
const absent = errorFinding({ code: 'installation-absent', message: 'There is no Istio.' })
const interrupted = [
  { key: 'base', state: 'succeeded' },
  { key: 'istiod', state: 'running' },
]

const step = (key: string, state: StepEvidence['state']): Step => ({
  key,
  title: `Install ${key}`,
  component: key,
  kind: 'helm',
  equivalent: '',
  preview: () => Promise.reject(new Error('a recovery renders nothing')),
  run: () => Promise.reject(new Error('a recovery changes nothing')),
  inspect: async () => ({ state, detail: `${key} is ${state}` }),
})
const recover = (journal: typeof interrupted, prepared: Partial<PreparedAction>) =>
  recoverOperation({ journal, requested: [] }, async () => ({
    ...{ steps: [], findings: [], confirmations: [], leftovers: [], inputs: {} },
    ...prepared,
  }))

describe('A recovery claims only what it could look at', () => {
  it('compares all the same when helm is away: looking needs none', async () => {
    const steps = [step('base', 'done'), step('istiod', 'partial')]
    expect(await recover(interrupted, { steps, findings: [helmMissing] })).toMatchObject({ state: 'partial', resumeFrom: 'istiod' })
  })

  it('does not know, and says why, when an error kept it from building a step that was not done', async () => {
    const answer = await recover(interrupted, { steps: [step('base', 'done')], findings: [chartMissing] })
    expect(answer).toMatchObject({ state: 'unknown', resumeFrom: '' })
    expect(answer.summary).toContain('Chart istiod was not found. No mirror is set.')
  })

  it.each([
    ['with an error', [chartMissing]],
    ['with a remark', [infoFinding({ code: 'installation-present', message: 'There is Istio.' })]],
    ['with nothing found', []],
  ])('never takes an empty list of steps for finished work: %s', async (_name, findings) => {
    for (const journal of [interrupted, [{ key: 'base', state: 'succeeded' }], []]) {
      expect(await recover(journal, { findings })).toMatchObject({ state: 'unknown', present: [], missing: [] })
    }
  })

  it('never takes steps that leave no trace for finished work', async () => {
    expect(await recover(interrupted, { steps: [step('leave-mesh', 'traceless')] })).toMatchObject({ state: 'unknown' })
  })

  it('takes an uninstall whose releases are gone for finished', async () => {
    expect(await recover(interrupted, { findings: [absent] })).toMatchObject({ state: 'finished' })
  })

  it('takes the steps of an uninstall that have gone with their releases for done', async () => {
    const journal = [
      { key: 'istiod', state: 'running' },
      { key: 'base', state: 'pending' },
    ]
    expect(await recover(journal, { steps: [step('base', 'done')] })).toMatchObject({ state: 'finished' })
  })
})
