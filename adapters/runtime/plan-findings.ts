import { type Finding, type ObjectRef, type PlannedObject, Severity, Verdict } from '../../proto/gen/meshwright/adapter/v1/adapter.js'
import type { AdapterError } from './adapter-error.js'
import type { PreparedAction } from './mesh-adapter.js'

/** A finding in words; `code` is stable, the texts are not. */
export interface FindingText {
  code: string
  message: string
  cause?: string | undefined
  remedy?: string | undefined
  docs?: string | undefined
  object?: ObjectRef
}

/** A finding that refuses the action while it stands. */
export function errorFinding(text: FindingText): Finding {
  return finding(Severity.SEVERITY_ERROR, text)
}

/** Worth knowing before going on; refuses nothing. */
export function warningFinding(text: FindingText): Finding {
  return finding(Severity.SEVERITY_WARNING, text)
}

/** Good to know. */
export function infoFinding(text: FindingText): Finding {
  return finding(Severity.SEVERITY_INFO, text)
}

function finding(severity: Finding['severity'], { code, message, cause = '', remedy = '', docs = '', object }: FindingText): Finding {
  return { code, severity, message, cause, remedy, docs, object }
}

/** An error that a plan reports rather than dies of. */
export function findingOf({ code, message, details }: AdapterError): Finding {
  const { cause, remedy, docs } = details
  return errorFinding({ code, message, cause, remedy, docs })
}

// The API server's words for a role, or a binding to one, that holds more than whoever makes it.
const escalation = /attempting to grant RBAC permissions not currently held/

/** One error per object that the API server refused in the dry run: it would refuse it for good, too. */
export function refusedFindings(objects: readonly PlannedObject[]): Finding[] {
  return objects
    .filter(({ verdict }) => verdict === Verdict.VERDICT_REFUSED)
    .map(({ object, reason }) => {
      const name = `${object?.kind} ${[object?.namespace, object?.name].filter(Boolean).join('/')}`
      const about = { cause: reason, ...(object ? { object } : {}) }
      if (escalation.test(reason)) return escalationFinding(name, about)
      const remedy = 'Correct what the cause names, then plan again.'
      return errorFinding({ code: 'object-refused', message: `The API server refuses ${name}.`, remedy, ...about })
    })
}

function escalationFinding(name: string, about: Pick<FindingText, 'cause' | 'object'>): Finding {
  return errorFinding({
    code: 'permission-escalation',
    message: `The cluster connection may not make ${name}, which grants more than it holds itself.`,
    remedy:
      'Give the identity of the connection the rights that the cause names, or the verbs escalate (for roles) and bind (for bindings) on them; then plan again.',
    ...about,
  })
}

/** What an action comes to that is refused before anything was looked at closely. */
export function refusedAction(findings: readonly Finding[]): PreparedAction {
  return { steps: [], findings, confirmations: [], leftovers: [], inputs: {} }
}

/** Whether it stands in the way of a start. */
export function isError({ severity }: Finding): boolean {
  return severity === Severity.SEVERITY_ERROR
}
