import { describe, expect, it } from 'vitest'
import { explainHelmFailure } from '../../adapters/runtime/helm-failure.js'

const failed = (stderr: string) => ({ code: 1, stdout: '', stderr })
const reset =
  'Error: server-side apply failed for object a/b /v1, Kind=ConfigMap: Patch "https://127.0.0.1:1/x": read tcp: connection reset by peer'

describe('what helm says when it fails', () => {
  it.each([
    [
      'a policy',
      "Error: deployments.apps \"istiod\" is forbidden: ValidatingAdmissionPolicy 'no' with binding 'no' denied request: x",
      'object-refused',
    ],
    ['a missing right', 'Error: secrets is forbidden: User "x" cannot create resource "secrets"', 'cluster-forbidden'],
    ['a reset', reset, 'cluster-unreachable'],
    ['a watch that was lost', 'Error: resource Service/a/b not ready. status: Unknown, message: ', 'cluster-unreachable'],
    [
      'time, before anything was seen',
      'Error: resource Service/a/b not ready. status: Unknown, message: \ncontext deadline exceeded',
      'helm-timeout',
    ],
    ['time', 'Error: timed out waiting for the condition', 'helm-timeout'],
  ])('gets the code that fits: %s', (_what, stderr, code) => {
    expect(explainHelmFailure(failed(stderr), 'helm failed.').code).toBe(code)
  })

  it('says that it was ended from outside, and what it said before', () => {
    const ended = explainHelmFailure({ code: null, stdout: '', stderr: 'level=WARN msg="still waiting"' }, 'helm failed.')
    expect(ended.code).toBe('helm-failed')
    expect(ended.details.cause).toBe('helm was ended by a signal from outside. level=WARN msg="still waiting"')
  })
})
