import type { Finding } from '../../../proto/gen/meshwright/adapter/v1/adapter.js'
import { infoFinding } from '../plan-findings.js'

const code = 'not-looked-at'

/** What belongs to a healthy mesh and could not be looked at here, so that nobody takes silence for good news. */
export function notLookedAt(text: { message: string; cause: string; remedy?: string }): Finding {
  return infoFinding({ code, ...text })
}

export function isNotLookedAt(finding: Finding): boolean {
  return finding.code === code
}
