import type { KubeObject } from '../../kube/kube-object.js'
import type { Finding } from '../../proto/gen/meshwright/adapter/v1/adapter.js'
import type { ClusterSession } from '../runtime/cluster-session.js'
import { keyOf } from '../runtime/judge-object.js'
import { nameOf } from '../runtime/manifests.js'
import { errorFinding } from '../runtime/plan-findings.js'
import { whenForbidden } from '../runtime/when-forbidden.js'
import { issuerName, objectsOf, rootsName } from './identity-objects.js'

// What else writes the two objects of the identity. cert-manager names its Certificate on the Secret; trust-manager owns the
// ConfigMap, which is called as its Bundle is; helm notes its release, when a chart made it from values.

const certificateKind = { apiVersion: 'cert-manager.io/v1', kind: 'Certificate' }
const bundleKinds = [
  { apiVersion: 'trust.cert-manager.io/v1alpha1', kind: 'Bundle' },
  { apiVersion: 'trust-manager.io/v1alpha2', kind: 'ClusterBundle' },
]

/** The objects by which others write the issuer's Secret and the roots' ConfigMap, as `Certificate linkerd/issuer`; undefined where nobody does. */
export interface IdentityOwners {
  issuer: string | undefined
  roots: string | undefined
}

/** Looks at the identity's objects and at what names them before they are there. What may not be read counts as nobody. */
export async function findIdentityOwners(session: ClusterSession, namespace: string): Promise<IdentityOwners> {
  const wanted = objectsOf(namespace, { anchor: '', certificate: '', key: '' })
  const [issuer, roots] = await Promise.all([wanted.issuer, wanted.roots].map((object) => session.get(keyOf(object))))
  return {
    issuer: certificateNamedBy(issuer) ?? (await certificateFor(session, namespace)),
    roots: ownerOfRoots(roots) ?? (await bundleFor(session)),
  }
}

/** Which of the two tools the cluster knows. */
export async function findIdentityTools(session: ClusterSession): Promise<string[]> {
  const [certificates, ...bundles] = await Promise.all([certificateKind, ...bundleKinds].map((kind) => session.resource(kind)))
  return [...(certificates ? ['cert-manager'] : []), ...(bundles.some(Boolean) ? ['trust-manager'] : [])]
}

/** Refuses to write what somebody else would write over. */
export function ownedFindings({ issuer, roots }: Partial<IdentityOwners>): Finding[] {
  const refuse = (code: string, message: string, cause: string) => [errorFinding({ code, message, cause, remedy: 'Change it there.' })]
  return [
    ...(issuer === undefined
      ? []
      : refuse(
          'issuer-not-ours',
          'cert-manager renews this issuer.',
          `${issuer} writes Secret ${issuerName}, and would write over what is put there.`,
        )),
    ...(roots === undefined
      ? []
      : refuse(
          'anchors-not-ours',
          'The trust anchors are looked after elsewhere.',
          `${roots} writes ConfigMap ${rootsName}, and would write over what is put there.`,
        )),
  ]
}

function certificateNamedBy(secret: KubeObject | undefined): string | undefined {
  const name = secret?.metadata.annotations?.['cert-manager.io/certificate-name']
  return name && `Certificate ${secret?.metadata.namespace}/${name}`
}

async function certificateFor(session: ClusterSession, namespace: string): Promise<string | undefined> {
  const certificates = await whenForbidden(session.list(certificateKind, { namespace }), [])
  const found = certificates.find(({ spec }) => (spec as { secretName?: string } | undefined)?.secretName === issuerName)
  return found && nameOf(found)
}

function ownerOfRoots(roots: KubeObject | undefined): string | undefined {
  if (roots === undefined) return undefined
  const { ownerReferences = [], labels = {}, annotations = {} } = roots.metadata
  const owner = ownerReferences.find(({ kind }) => bundleKinds.some((bundle) => bundle.kind === kind))
  const named = labels['trust.cert-manager.io/bundle']
  const release = annotations['meta.helm.sh/release-name']
  return (owner && `${owner.kind} ${owner.name}`) ?? (named && `Bundle ${named}`) ?? (release && `helm release ${release}`)
}

async function bundleFor(session: ClusterSession): Promise<string | undefined> {
  const found = await Promise.all(bundleKinds.map((kind) => whenForbidden(session.get({ ...kind, name: rootsName }), undefined)))
  const bundle = found.find((object) => object !== undefined)
  return bundle && nameOf(bundle)
}
