import { ProblemPanel } from '../../components/problem-panel.js'
import type { Tone } from '../../components/tone.js'
import type { Schema } from '../../lib/schema.js'

type Outcome = NonNullable<Schema<'Operation'>['outcome']>

// The state of the work and the state of the cluster are two things: all twelve pairs have their sentence.
const worlds: Record<Outcome['state'], Record<Outcome['world'], string>> = {
  succeeded: {
    clean: 'Done. The cluster is as planned.',
    partial: 'Done, but not all of the cluster is as planned.',
    unknown: 'Done. The cluster could not be looked at afterwards.',
  },
  failed: {
    clean: 'It failed and left the cluster as it was.',
    partial: 'It failed part of the way. Some of the plan is in the cluster.',
    unknown: 'It failed, and what is in the cluster now is not known.',
  },
  cancelled: {
    clean: 'It was cancelled and left the cluster as it was.',
    partial: 'It was cancelled part of the way. Some of the plan is in the cluster.',
    unknown: 'It was cancelled, and what is in the cluster now is not known.',
  },
  interrupted: {
    clean: 'It was cut off. The cluster has been looked at: it is clean.',
    partial: 'It was cut off part of the way. The cluster has been looked at: some of the plan is there.',
    unknown: 'It was cut off, and what is in the cluster now is not known yet.',
  },
}

const tones: Record<Outcome['state'], Tone> = { succeeded: 'ok', failed: 'bad', cancelled: 'idle', interrupted: 'warn' }

/**
 * How it ended, in words: first what went wrong if something did, then how the cluster was left.
 * The raw record is folded, with a button that copies it. An exit code alone is never the message.
 */
export function OperationOutcome({ operation }: { operation: Schema<'Operation'> }) {
  const { can, error, outcome, steps } = operation
  const next = steps.find((step) => step.key === outcome?.resumeFrom)
  return (
    <>
      {error !== undefined && (
        <ProblemPanel
          problem={error}
          tone={outcome?.state === 'interrupted' ? 'warn' : 'bad'}
          raw={JSON.stringify({ operation: operation.id, error, outcome }, null, 2)}
        />
      )}
      {outcome !== undefined && (
        <ProblemPanel
          tone={error === undefined ? tones[outcome.state] : 'idle'}
          problem={{
            title: worlds[outcome.state][outcome.world],
            text: outcome.summary,
            ...(next && can.includes('resume') && { remedy: `Resume goes on from the step "${next.title}".` }),
          }}
        />
      )}
    </>
  )
}
