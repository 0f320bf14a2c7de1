// The one registry of error codes: kebab-case in problem documents, UPPER_SNAKE in google.rpc.ErrorInfo.
// A code is a promise to scripts: texts may change, codes may not.

/** Code → HTTP status of every problem that the REST API can answer with. */
export const httpStatusByCode = {
  'invalid-request': 400,
  'invalid-kubeconfig': 400,
  'invalid-parameters': 400,
  'confirmation-required': 409,
  unauthenticated: 401,
  'invalid-code': 401,
  forbidden: 403,
  'origin-refused': 403,
  'not-found': 404,
  'method-not-allowed': 405,
  conflict: 409,
  'cluster-in-use': 409,
  'idempotency-conflict': 409,
  'illegal-transition': 409,
  locked: 409,
  'plan-not-ready': 409,
  'plan-refused': 409,
  'plan-stale': 409,
  'action-not-offered': 409,
  'rollout-unfinished': 409,
  'installer-not-ours': 409,
  'members-left': 409,
  'nothing-to-resume': 409,
  'nothing-to-export': 409,
  'precondition-failed': 412,
  'body-too-large': 413,
  'unsupported-media-type': 415,
  'misdirected-request': 421,
  'too-many-requests': 429,
  internal: 500,
  'adapter-failed': 502,
  'cluster-refused': 502,
  'adapter-unavailable': 503,
  'cluster-unreachable': 503,
  'cluster-unauthorised': 502,
  'cluster-forbidden': 502,
  'credential-plugin-failed': 502,
  'shutting-down': 503,
  timeout: 504,
  'disk-full': 507,
  'helm-missing': 409,
  'helm-failed': 502,
  'helm-timeout': 504,
  'chart-not-found': 409,
  'chart-digest-mismatch': 409,
  'release-busy': 409,
  'object-refused': 409,
  'values-refused': 409,
  'artifact-too-large': 409,
  'artifact-not-kept': 502,
  'workload-not-ready': 504,
  'members-not-as-wished': 504,
  'disruption-budget': 504,
  interrupted: 409,
  cancelled: 409,
  'deadline-exceeded': 504,
} as const

export type Code = keyof typeof httpStatusByCode

/** `plan-stale` → `PLAN_STALE`: the spelling of a code in google.rpc.ErrorInfo. */
export function toReason(code: Code): string {
  return code.toUpperCase().replaceAll('-', '_')
}

/** `PLAN_STALE` → `plan-stale`; undefined when an adapter sends a reason that this registry lacks. */
export function fromReason(reason: string): Code | undefined {
  const code = reason.toLowerCase().replaceAll('_', '-')
  return isCode(code) ? code : undefined
}

function isCode(text: string): text is Code {
  return Object.hasOwn(httpStatusByCode, text)
}
