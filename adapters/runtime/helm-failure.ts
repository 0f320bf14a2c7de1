import type { Code } from '../../contract/codes.js'
import { AdapterError } from './adapter-error.js'
import type { HelmResult } from './helm-process.js'

interface Pattern {
  text: RegExp
  code: Code
  remedy: string
}

const checkConnection = 'Check the cluster connection, then retry the operation; what was done stays and is not done twice.'

const patterns: readonly Pattern[] = [
  {
    text: /another operation \(install\/upgrade\/rollback\) is in progress/,
    code: 'release-busy',
    remedy: 'Another helm works on this release, or was killed in it: wait for it, or plan again, which tells the ways out.',
  },
  {
    // helm: pkg/chart/common/util ValidateAgainstSchema; text/template, which says so of `fail` and `required`.
    text: /values don't meet the specifications|execution error at \(|error calling (fail|required|include)/,
    code: 'values-refused',
    remedy: 'Correct the values that the cause names, then plan again.',
  },
  {
    text: /cannot be imported into the current release|invalid ownership metadata/,
    code: 'object-refused',
    remedy: 'An object of that name belongs to somebody else: remove it, or install under another name, then plan again.',
  },
  {
    // Before the next one: the API server words a policy's denial as "forbidden", too.
    text: /ValidatingAdmissionPolicy .* denied request|admission webhook .* denied the request|exceeded quota/,
    code: 'object-refused',
    remedy: 'An admission rule of this cluster refuses the object: change the values or the rule, then retry the operation.',
  },
  {
    text: /is forbidden|cannot (create|get|list|patch|update|delete) resource/,
    code: 'cluster-forbidden',
    remedy: 'Give the identity of the cluster connection the missing permission, then retry the operation.',
  },
  {
    text: /conflict(s)? with "|conflict occurred while applying/,
    code: 'object-refused',
    remedy: 'Somebody else wrote these fields since the plan was made: plan again, which tells whose value counts.',
  },
  {
    // helm watched its objects and lost sight of all of them; a real timeout says how far each had come.
    text: /not ready\. status: Unknown(?![\s\S]*context deadline exceeded)/,
    code: 'cluster-unreachable',
    remedy: checkConnection,
  },
  {
    text: /context deadline exceeded|timed out|timeout waiting|not ready/i,
    code: 'helm-timeout',
    remedy: 'Correct what the cause names, then retry the operation; or give it more time.',
  },
  {
    text: /Unauthorized/,
    code: 'cluster-unauthorised',
    remedy: 'The grant of this operation is no longer valid: look at the state of the operation, then retry.',
  },
  {
    text: /cluster unreachable|connection refused|connection reset|no such host|unexpected EOF/,
    code: 'cluster-unreachable',
    remedy: checkConnection,
  },
]

/** helm's own last words as the cause, with the code that fits them; never a bare exit status. `causes` come first. */
export function explainHelmFailure(result: HelmResult, title: string, causes: readonly string[] = []): AdapterError {
  const words = lastWords(result)
  const pattern = patterns.find(({ text }) => text.test(words))
  return new AdapterError(pattern?.code ?? 'helm-failed', title, {
    cause: [...causes, words].join('; ').slice(0, 2000),
    remedy: pattern?.remedy ?? 'Correct what the cause names, then retry the operation.',
  })
}

/** helm logs and then repeats its error: the sentences of the last `Error:` are enough. */
function lastWords({ stderr, code }: HelmResult): string {
  const start = stderr.lastIndexOf('Error: ')
  const text = start >= 0 ? stderr.slice(start + 'Error: '.length) : stderr.trim().split('\n').slice(-3).join(' ')
  const words = text.replaceAll(/\s*\n\s*/g, ' ').trim()
  // We end helm only for a cancellation, which is no failure: somebody else did.
  if (code === null) return ['helm was ended by a signal from outside.', words].join(' ').trim()
  return words === '' ? `helm ended with code ${code} and said nothing.` : words
}
