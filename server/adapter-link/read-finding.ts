import type { Finding } from '../../contract/finding.js'
import type * as wire from '../../proto/gen/meshwright/adapter/v1/adapter.js'
import { dropAbsent } from '../drop-absent.js'
import { AppError } from '../errors.js'

// Indexed by the numbers of the enum in adapter.proto; 0 is "unspecified".
const severities: readonly (Finding['severity'] | undefined)[] = [undefined, 'info', 'warning', 'error']

/** A finding of an adapter in our own shape. */
export function toFinding(finding: wire.Finding): Finding {
  return {
    code: finding.code,
    severity: known(severities[finding.severity], 'severity'),
    message: finding.message,
    ...dropAbsent({ cause: finding.cause, remedy: finding.remedy, docs: finding.docs, object: finding.object }),
  }
}

/** The value; throws `adapter-failed` when an adapter sent one that this server does not know. */
export function known<Value>(value: Value | undefined, what: string): Value {
  if (value !== undefined) return value
  throw new AppError('adapter-failed', 'The adapter sent something that this server does not know.', {
    cause: `An unknown ${what}.`,
    remedy: 'Server and adapter must come from the same release.',
  })
}
