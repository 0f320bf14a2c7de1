import type { Finding } from '../../proto/gen/meshwright/adapter/v1/adapter.js'
import type { ClusterSession } from '../runtime/cluster-session.js'
import { errorFinding, infoFinding } from '../runtime/plan-findings.js'
import { issuerName, rootsName } from './identity-objects.js'
import { findIdentityOwners, findIdentityTools, type IdentityOwners } from './identity-owners.js'
import { findIdentity } from './linkerd-identity.js'

const secret = `Secret ${issuerName}`
const configMap = `ConfigMap ${rootsName}`

/**
 * What an install or an upgrade does about the identity, and what the user could choose instead. Half an identity, and one
 * that somebody is about to write, is work in progress: neither is it used nor overwritten.
 */
export async function checkIdentity(session: ClusterSession, namespace: string): Promise<Finding[]> {
  const [there, owners] = await Promise.all([findIdentity(session, namespace), findIdentityOwners(session, namespace)])
  if (there === 'both') return [foundFinding(namespace, owners)]
  if (there !== 'none') return [incompleteFinding(namespace, there, owners)]
  const writer = owners.issuer ?? owners.roots
  if (writer !== undefined) return [pendingFinding(namespace, writer)]
  return [madeFinding(namespace), ...choicesFinding(namespace, await findIdentityTools(session))]
}

function madeFinding(namespace: string): Finding {
  const message = 'A trust anchor (ten years) and an issuer (one year) are made for this cluster.'
  const cause = `Neither ${secret} nor ${configMap} is in ${namespace}.`
  const remedy = `Fetch the anchor's key from the operation, which can be done one time, and keep it safe: it renews the issuer. For an identity of your own, put both there first.`
  return infoFinding({ code: 'identity-made', message, cause, remedy })
}

/** With the tools in the cluster, making the identity is one way of three. */
function choicesFinding(namespace: string, tools: readonly string[]): Finding[] {
  if (tools.length === 0) return []
  const roots = tools.includes('trust-manager')
    ? `let a Bundle write ${configMap}`
    : `put the anchor's certificate into ${configMap} (trust-manager, which could do it, is not there)`
  const issuer = tools.includes('cert-manager') ? `Let a Certificate write ${secret}` : `Put an issuer into ${secret}`
  return [
    infoFinding({
      code: 'identity-choices',
      message: `${tools.join(' and ')} ${tools.length === 1 ? 'is' : 'are'} in this cluster, and could look after the identity.`,
      cause: `Nothing of theirs names ${secret} or ${configMap} in ${namespace}.`,
      remedy: `${issuer} and ${roots}, both in ${namespace}, and plan again. Or go on: what is made here is renewed and rotated from here.`,
    }),
  ]
}

function foundFinding(namespace: string, { issuer, roots }: IdentityOwners): Finding {
  const message = `The identity that is in ${namespace} is used.`
  const writers = [...(issuer ? [`${issuer} writes ${secret}.`] : []), ...(roots ? [`${roots} writes ${configMap}.`] : [])]
  const remedy = 'Nothing: whoever made it goes on looking after it.'
  return infoFinding({ code: 'identity-found', message, cause: writers.join(' '), remedy })
}

function pendingFinding(namespace: string, writer: string): Finding {
  return errorFinding({
    code: 'identity-pending',
    message: `${writer} is going to write the identity of ${namespace}, and has not done so yet.`,
    cause: 'An identity that is made here would be written over, and proxies would trust another anchor than the one that signs.',
    remedy: `Wait until ${secret} and ${configMap} are there, then plan again; or delete ${writer} to have both made here.`,
  })
}

function incompleteFinding(namespace: string, there: 'issuer' | 'roots', owners: IdentityOwners): Finding {
  const [has, lacks, writer] = there === 'issuer' ? [secret, configMap, owners.roots] : [configMap, secret, owners.issuer]
  return errorFinding({
    code: 'identity-incomplete',
    message: `${has} is in ${namespace}, and ${lacks} is not.`,
    cause:
      'Proxies trust what the ConfigMap holds, and the control plane signs with what the Secret holds: one without the other is of no use.',
    remedy: writer
      ? `Wait until ${writer} has written it, then plan again.`
      : `Put ${lacks} there too, or remove ${has} to have both made.`,
  })
}
