import { describe, expect, it } from 'vitest'
import { KubeError, kubeRequest } from '../../../kube/kube-client.js'
import { AppError } from '../../../server/errors.js'
import { connectCluster } from '../../../server/kubernetes/connect-cluster.js'
import { explainKubeFailure } from '../../../server/kubernetes/kube-problem.js'
import { startScriptedApi } from '../../support/kubernetes/scripted-api.js'

const explain = (error: unknown) => explainKubeFailure(error, { cluster: 'prod' })
const coded = (code: string) => Object.assign(new Error('failed'), { code })

describe('a failure of a cluster', () => {
  it.each([
    ['ECONNREFUSED', 'cluster-unreachable', /Nothing listens/],
    ['ENOTFOUND', 'cluster-unreachable', /cannot be resolved/],
    ['UND_ERR_CONNECT_TIMEOUT', 'cluster-unreachable', /in time/],
    ['CERT_HAS_EXPIRED', 'cluster-unreachable', /expired/],
    ['SELF_SIGNED_CERT_IN_CHAIN', 'cluster-unreachable', /not trusted/],
    ['ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED', 'cluster-unauthorised', /client certificate/],
    ['ERR_SSL_TLSV1_ALERT_UNKNOWN_CA', 'cluster-unauthorised', /client certificate/],
    ['E_NEVER_SEEN', 'cluster-unreachable', /E_NEVER_SEEN/],
  ])('%s is %s, with cause and next step', (code, expected, cause) => {
    const { code: actual, message, details } = explain(coded(code))
    expect([actual, message]).toEqual([expected, expect.stringContaining('prod')])
    expect(details.cause).toMatch(cause)
    expect(details.remedy).toMatch(/.{10,}[.?]$/)
  })

  it.each([
    [401, 'cluster-unauthorised'],
    [403, 'cluster-forbidden'],
    [404, 'cluster-refused'],
    [429, 'cluster-refused'],
    [503, 'cluster-refused'],
  ])('an answer %i is %s, in the words of the API server', (status, code) => {
    const error = explain(new KubeError(status, { message: 'pods is forbidden', reason: 'Because' }, undefined))
    expect([error.code, error.details.cause]).toEqual([code, expect.stringContaining('pods is forbidden')])
  })

  it('is found inside what wraps it', () => {
    expect(explain(new AggregateError([coded('ECONNREFUSED'), coded('ETIMEDOUT')])).details.cause).toMatch(/Nothing listens/)
    expect(explain(new Error('x', { cause: coded('ENOTFOUND') })).details.cause).toMatch(/cannot be resolved/)
  })

  it('that was explained before stays as it is', () => {
    const error = new AppError('credential-plugin-failed', 'No plugin.')
    expect(explain(error)).toBe(error)
  })

  it('is told from a page that is no Kubernetes API', async () => {
    await using api = await startScriptedApi((_request, response) => void response.end('<html>Sign in</html>'))
    const connection = connectCluster({ server: api.url, ca: api.ca, auth: { kind: 'none' } })
    const error = await kubeRequest(connection, { path: '/version' }).catch(explain)
    expect(error).toMatchObject({ code: 'cluster-refused', details: { cause: 'The answer is not that of a Kubernetes API.' } })
    await connection.close()
  })
})
