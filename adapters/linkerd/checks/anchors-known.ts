import type { KubeObject } from '../../../kube/kube-object.js'
import type { Finding } from '../../../proto/gen/meshwright/adapter/v1/adapter.js'
import type { Check } from '../../runtime/checks/check.js'
import { nameOf, refOf } from '../../runtime/manifests.js'
import { errorFinding } from '../../runtime/plan-findings.js'
import { someNames } from '../../runtime/some-names.js'
import { anchorsIn, rootsName } from '../identity-objects.js'
import { anchorsOf, findProxies } from '../rotation/proxies.js'

// linkerd2: pkg/healthcheck, l5d-identity-data-plane-proxies-certs-match-ca.

/** A proxy trusts the anchors that were there when its pod was made. */
export const anchorsKnown: Check = {
  code: 'anchors-known',
  holds: 'Every proxy trusts the anchors that the mesh has.',
  question: 'the proxies trust the anchors that the mesh has',
  needsRunning: true,
  find: async ({ session, namespace }) => {
    const roots = anchorsIn(await session.get({ apiVersion: 'v1', kind: 'ConfigMap', namespace, name: rootsName }))
    if (roots.length === 0) return []
    const wanted = roots.map(({ fingerprint }) => fingerprint)
    const behind = (await findProxies(session, namespace)).filter((pod) => wanted.some((one) => anchorsOf(pod)?.includes(one) === false))
    return behind.length === 0 ? [] : [anchorsUnknown(behind)]
  },
}

function anchorsUnknown(pods: readonly KubeObject[]): Finding {
  const [first] = pods
  return errorFinding({
    code: 'anchors-unknown',
    message: `${pods.length} ${pods.length === 1 ? 'pod trusts' : 'pods trust'} other anchors than the mesh has: ${someNames(pods.map(nameOf))}.`,
    cause: `They were made before ConfigMap ${rootsName} came to hold these anchors.`,
    remedy: 'Restart them; where the anchor is being rotated, the rotation does it.',
    ...(first ? { object: refOf(first) } : {}),
  })
}
