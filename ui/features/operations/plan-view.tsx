import { Button } from '@mantine/core'
import { useState } from 'react'
import { ClusterName } from '../../components/cluster-name.js'
import { CommandLine } from '../../components/command-line.js'
import { ProblemPanel } from '../../components/problem-panel.js'
import { QueryView } from '../../components/query-view.js'
import { RequestProblem } from '../../components/request-problem.js'
import { StatusMark } from '../../components/status-mark.js'
import type { Schema } from '../../lib/schema.js'
import { equivalentCommand } from './equivalent-command.js'
import { operationTitle } from './operation-words.js'
import { PlanConfirmations } from './plan-confirmations.js'
import { PlanExport } from './plan-export.js'
import { PlanFindings } from './plan-findings.js'
import { PlanLeftovers } from './plan-leftovers.js'
import { PlanObjects } from './plan-objects.js'
import { PlanSteps } from './plan-steps.js'
import styles from './plan-view.module.css'
import { usePlan } from './plans-api.js'

/** How the plan on the screen begins, and how that goes. */
export interface PlanStarting {
  verb: 'Start' | 'Approve'
  /** The same by the command line, where it is not the action alone. */
  command?: string
  begin: (confirm: string[]) => void
  busy: boolean
  error: Error | null
}

interface PlanViewProps {
  id: string
  clusters: readonly Schema<'Cluster'>[]
  starting: PlanStarting
  /** Missing where what was asked cannot be changed. */
  onBack?: () => void
}

/**
 * The second half of the start dialog, and the stage of a rollout that waits: what would happen, what speaks against it, what must be confirmed.
 * Nothing can be started before every confirmation is ticked; the server asks for the same codes again, so
 * that neither a stale page nor a script can slip past them.
 */
export function PlanView({ id, clusters, ...rest }: PlanViewProps) {
  const plan = usePlan(id)
  return (
    <QueryView query={plan} what="the plan" lines={6}>
      {(data) => (
        <LoadedPlan
          plan={data}
          cluster={clusters.find((each) => each.id === data.request.cluster)?.name ?? data.request.cluster}
          {...rest}
        />
      )}
    </QueryView>
  )
}

interface LoadedPlanProps extends Pick<PlanViewProps, 'starting' | 'onBack'> {
  plan: Schema<'Plan'>
  cluster: string
}

// What is ticked lives with the plan on the screen: another plan starts with nothing confirmed.
function LoadedPlan({ plan, cluster, starting, onBack }: LoadedPlanProps) {
  const [confirmed, setConfirmed] = useState<string[]>([])
  const missing = plan.confirmations.filter((each) => !confirmed.includes(each.code)).length
  return (
    <div className={styles.plan} data-plan-state={plan.state}>
      <PlanHead plan={plan} cluster={cluster} />
      {plan.state !== 'planning' && plan.state !== 'failed' && (
        <PlanBody
          plan={plan}
          command={starting.command ?? equivalentCommand(plan, cluster)}
          confirmed={confirmed}
          onConfirmed={setConfirmed}
        />
      )}
      {starting.error !== null && <RequestProblem error={starting.error} />}
      <div className={styles.actions}>
        {onBack !== undefined && (
          <Button variant="default" size="sm" onClick={onBack}>
            Change the request
          </Button>
        )}
        <p className={styles.note}>{plan.state === 'ready' && missing > 0 ? `${missing} to confirm before it can start` : ''}</p>
        <Button
          size="sm"
          color={takesAway(plan) ? 'red' : 'verdigris'}
          disabled={plan.state !== 'ready' || missing > 0}
          loading={starting.busy}
          onClick={() => starting.begin(confirmed)}
        >
          {`${starting.verb}: ${operationTitle(plan.request)}`}
        </Button>
      </div>
    </div>
  )
}

// Deleting is told by the colour of the button, whether or not the plan asks to confirm it.
function takesAway({ changes, confirmations }: Schema<'Plan'>): boolean {
  return changes.delete > 0 || confirmations.some(({ destructive }) => destructive)
}

// The state of the plan in one line: what it is doing, or what it would do to how many objects.
function PlanHead({ plan, cluster }: { plan: Schema<'Plan'>; cluster: string }) {
  const { create, update, delete: removed, keep } = plan.changes
  return (
    <div className={styles.head}>
      <p className={styles.title}>
        {operationTitle(plan.request)} on <ClusterName cluster={{ name: cluster, simulated: plan.simulated }} />
      </p>
      {plan.state === 'planning' && <p role="status">{<StatusMark tone="busy">{plan.progress ?? 'Planning'}</StatusMark>}</p>}
      {plan.state === 'ready' && <StatusMark tone="ok">Ready to start</StatusMark>}
      {plan.state === 'refused' && <StatusMark tone="bad">Refused</StatusMark>}
      {plan.state === 'failed' && (
        <ProblemPanel problem={plan.failure ?? { title: 'The plan could not be made' }} raw={JSON.stringify(plan, null, 2)} />
      )}
      {(plan.state === 'ready' || plan.state === 'refused') && (
        <p className={styles.counts}>
          {create} to create, {update} to change, {removed} to delete, {keep} to keep
        </p>
      )}
    </div>
  )
}

interface PlanBodyProps {
  plan: Schema<'Plan'>
  command: string
  confirmed: readonly string[]
  onConfirmed: (codes: string[]) => void
}

// In the order in which a careful reader asks: may I, what do I lose, what happens, to what, what stays.
function PlanBody({ plan, command, confirmed, onConfirmed }: PlanBodyProps) {
  return (
    <>
      <PlanFindings findings={plan.findings} />
      <PlanConfirmations confirmations={plan.confirmations} confirmed={confirmed} onConfirmed={onConfirmed} />
      {plan.steps.length > 0 && <PlanSteps steps={plan.steps} />}
      {plan.objectCount > 0 && <PlanObjects plan={plan.id} count={plan.objectCount} />}
      <PlanLeftovers leftovers={plan.leftovers} />
      <div className={styles.part}>
        <h3 className={styles.heading}>Same by CLI</h3>
        <CommandLine command={command} />
      </div>
      {plan.state === 'ready' && plan.steps.some(({ release }) => release !== undefined) && <PlanExport plan={plan} />}
    </>
  )
}
