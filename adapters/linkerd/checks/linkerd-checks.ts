import { readCertificates } from '../../../certificates/read-certificates.js'
import type { Finding } from '../../../proto/gen/meshwright/adapter/v1/adapter.js'
import { openHolders } from '../../runtime/checks/certificate-holders.js'
import type { CertificateSource, Check, CheckScene, MeshChecks, Renewal } from '../../runtime/checks/check.js'
import { sidecarsInStep } from '../../runtime/checks/sidecars-in-step.js'
import { webhookConfigurations } from '../../runtime/checks/webhook-configurations.js'
import { refOf } from '../../runtime/manifests.js'
import { webhookNames } from '../../runtime/other-meshes.js'
import { errorFinding } from '../../runtime/plan-findings.js'
import { anchorsKnown } from './anchors-known.js'
import { apisAvailable } from './apis-available.js'
import { clusterNetworks } from './cluster-networks.js'
import { extensionsWhole } from './extensions-whole.js'
import { gatewayApiFits } from './gateway-api.js'
import { highlyAvailable } from './highly-available.js'
import { marksInPlace } from './marks-in-place.js'
import { opaquePorts } from './opaque-ports.js'
import { readEdge } from './read-edge.js'
import { redirectsTraffic } from './redirects-traffic.js'

const byChart: Renewal = { by: 'helm', text: 'Its chart makes a new one at each upgrade, and nothing does in between.' }
const anchors: CertificateSource = {
  ...{ kind: 'ConfigMap', name: 'linkerd-identity-trust-roots', key: 'ca-bundle.crt' },
  ...{ use: 'root', purpose: 'trust anchor' },
}
// The key's name follows the scheme of the issuer: kubernetes.io/tls, or Linkerd's own.
const issuers = ['tls.crt', 'crt.pem'].map(
  (key): CertificateSource => ({
    kind: 'Secret',
    name: 'linkerd-identity-issuer',
    key,
    use: 'issuer',
    purpose: 'issuer of workload certificates',
  }),
)
const serving = ['proxy-injector', 'sp-validator', 'policy-validator'].map(
  (component): CertificateSource => ({
    ...{ kind: 'Secret', name: `linkerd-${component}-k8s-tls`, key: 'tls.crt' },
    ...{ use: 'webhook', purpose: `certificate of the ${component}`, renewal: byChart },
  }),
)
const extensions = ['tap', 'tap-injector'].map(
  (component): CertificateSource => ({
    ...{ kind: 'Secret', name: `${component}-k8s-tls`, key: 'tls.crt', namespace: 'linkerd-viz' },
    ...{ use: 'webhook', purpose: `certificate of viz's ${component}`, renewal: byChart },
  }),
)
const webhooks = webhookNames.linkerd

/** As `linkerd check`: the anchors and the issuer are there, of the kind that the proxies can read, and the one signed the other. Dates are judged with all other certificates. */
const identity: Check = {
  code: 'identity-trusted',
  holds: 'The issuer is signed by a trust anchor, and both have keys that the proxies can read.',
  question: 'the issuer is signed by a trust anchor',
  needsRunning: true,
  find: async (scene) => {
    const roots = await read(scene, [anchors])
    const found = await read(scene, issuers)
    if (roots.unreadable.length + found.unreadable.length > 0) return [...roots.unreadable, ...found.unreadable]
    const missing = [
      ...(roots.certificates.length === 0 ? [missingOf('anchors-missing', 'trust anchors', 'ConfigMap linkerd-identity-trust-roots')] : []),
      ...(found.certificates.length === 0 ? [missingOf('issuer-missing', 'issuer', 'Secret linkerd-identity-issuer')] : []),
    ]
    const keys = [...roots.certificates, ...found.certificates].filter(({ keyType }) => keyType !== 'ECDSA P-256')
    const wrongKeys = keys.map(({ subject, keyType }) =>
      errorFinding({
        code: 'key-not-supported',
        message: `${subject} has a key of the kind ${keyType}.`,
        cause: 'The proxies and the identity service read ECDSA P-256 only.',
        remedy: 'Make it again with a P-256 key.',
      }),
    )
    const [issuer] = found.certificates
    const isTrusted =
      issuer === undefined || roots.certificates.some((root) => issuer.isSignedBy(root) || issuer.fingerprint === root.fingerprint)
    return [...missing, ...wrongKeys, ...(isTrusted || roots.certificates.length === 0 ? [] : [notTrusted(issuer.subject)])]
  },
}

/** Reads through holders of its own: a refusal is told as such, and never taken for "not there". */
async function read(scene: CheckScene, sources: readonly CertificateSource[]) {
  const holders = openHolders(scene)
  const held = await Promise.all(sources.map(holders.read))
  return { certificates: held.flat().flatMap(({ certificates }) => certificates), unreadable: holders.findings() }
}

function missingOf(code: string, what: string, where: string): Finding {
  const remedy = 'Put it back, or install the control plane again; proxies get no certificates without it.'
  return errorFinding({ code, message: `There is no ${what}: ${where} holds none.`, remedy })
}

function notTrusted(subject: string): Finding {
  return errorFinding({
    code: 'issuer-not-anchored',
    message: `The issuer (${subject}) is signed by none of the trust anchors.`,
    cause: 'Proxies refuse every certificate that it issues.',
    remedy: 'Add the anchor that signed it to the bundle, or renew the issuer with one of the anchors.',
  })
}

/** What each webhook serves with is what the API server trusts it by: a chart that was applied in part leaves the two apart. */
const webhooksTrusted: Check = {
  code: 'webhooks-trusted',
  holds: 'Each webhook serves with a certificate that the API server trusts.',
  question: 'the webhooks serve with a certificate that the API server trusts',
  needsRunning: true,
  find: async (scene) => {
    const configurations = await webhookConfigurations(scene, webhooks)
    const findings = await Promise.all(
      configurations.flatMap(({ object, webhooks: calls }) =>
        calls.map(async ({ clientConfig: { service, caBundle } }) => {
          const trusted = readCertificates(Buffer.from(caBundle, 'base64').toString('utf8')).certificates
          const source = serving.find(({ name }) => name === `${service?.name}-k8s-tls`)
          const { certificates, unreadable } = await read(scene, source ? [source] : [])
          const [own] = certificates
          if (own === undefined || trusted.some((one) => own.fingerprint === one.fingerprint || own.isSignedBy(one))) return unreadable
          return [
            errorFinding({
              code: 'webhook-not-trusted',
              message: `The API server does not trust the certificate that ${service?.name} serves with.`,
              cause: `The caBundle of ${object.kind} ${object.metadata.name} did not sign it.`,
              remedy: 'Upgrade the chart again, with the same version: it writes both anew. Then restart the control plane.',
              object: refOf(object),
            }),
          ]
        }),
      ),
    )
    return findings.flat()
  },
}

/** Linkerd's health beyond what every mesh is looked at for, and where its certificates lie. */
export const linkerdChecks: MeshChecks = {
  // Its releases count years and months, which say nothing of what fits: one that is behind is only told.
  checks: [
    identity,
    anchorsKnown,
    webhooksTrusted,
    gatewayApiFits,
    extensionsWhole,
    apisAvailable,
    clusterNetworks,
    redirectsTraffic,
    highlyAvailable,
    marksInPlace,
    opaquePorts,
    sidecarsInStep({ minors: Number.POSITIVE_INFINITY, read: readEdge }),
  ],
  certificates: {
    sources: [
      anchors,
      ...issuers,
      { ...anchors, kind: 'Secret', name: 'linkerd-identity-issuer', key: 'ca.crt' },
      ...serving,
      ...extensions,
    ],
    webhooks,
    gatewayClasses: /^$/,
  },
}
