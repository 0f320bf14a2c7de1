import type { KubeObject } from '../../kube/kube-object.js'
import type { Finding } from '../../proto/gen/meshwright/adapter/v1/adapter.js'
import { errorFinding } from '../runtime/plan-findings.js'
import { issuerName } from './identity-objects.js'
import { ownedFindings } from './identity-owners.js'

/** Whether the issuer's Secret may be written from here; `owner` is who else writes it. */
export function checkIssuer(
  namespace: string,
  { issuer, owner }: { issuer: KubeObject | undefined; owner: string | undefined },
): Finding[] {
  const refuse = (message: string, cause: string, remedy: string) => [errorFinding({ code: 'issuer-not-ours', message, cause, remedy })]
  if (issuer === undefined) {
    const message = `There is no issuer in ${namespace} to renew.`
    return refuse(message, `The Secret ${issuerName} is not there.`, 'Install Linkerd first, or name the namespace that it is in.')
  }
  if (owner !== undefined) return ownedFindings({ issuer: owner })
  const { type } = issuer as { type?: string }
  if (type === 'kubernetes.io/tls') return []
  const cause = 'The chart made its Secret from values (identity.issuer.tls), and would write over ours at the next upgrade.'
  const remedy = 'Renew it there: give the new certificate and key to an upgrade.'
  return refuse('This issuer stands in the values of its release.', cause, remedy)
}
