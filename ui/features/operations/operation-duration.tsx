import { Elapsed } from '../../components/age.js'
import type { Schema } from '../../lib/schema.js'

/**
 * How long an operation took, or has been running; nothing before it runs.
 * An interrupted one waits for a person: that time is not work, so it ends with the last of its steps.
 */
export function OperationDuration({ operation }: { operation: Schema<'Operation'> }) {
  const { state, steps, startedAt, endedAt } = operation
  const lastStepEnd = steps
    .map((step) => step.endedAt ?? '')
    .toSorted()
    .at(-1)
  const end = endedAt ?? (state === 'interrupted' ? lastStepEnd : undefined)
  if (startedAt === undefined) return null
  if (end === '') return 'not known'
  return <Elapsed from={startedAt} to={end} />
}
