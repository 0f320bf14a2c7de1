import type { KubeObject } from '../../../kube/kube-object.js'
import type { Finding } from '../../../proto/gen/meshwright/adapter/v1/adapter.js'
import type { ClusterSession } from '../cluster-session.js'
import { warningFinding } from '../plan-findings.js'
import { whenForbidden } from '../when-forbidden.js'

const ciliumSettings = { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'kube-system', name: 'cilium-config' }

/**
 * What Cilium must leave to a mesh beside it (docs.cilium.io, "Integration with Istio"): the place of other plugins on the
 * node, and connections to Services that a proxy is to see.
 */
export async function checkCilium(session: ClusterSession, { hasNodeAgent }: { hasNodeAgent: boolean }): Promise<Finding[]> {
  const found = await whenForbidden(session.get(ciliumSettings), undefined)
  return found === undefined ? [] : ciliumFindings(found, hasNodeAgent)
}

/** The findings on Cilium's own settings; `hasNodeAgent`: the mesh chains a plugin of its own behind Cilium's. */
export function ciliumFindings({ data = {} }: KubeObject & { data?: Record<string, string> }, hasNodeAgent: boolean): Finding[] {
  const object = { ...ciliumSettings }
  const isExclusive = data['cni-exclusive'] !== 'false'
  const replacesProxy = !['', 'false', 'disabled'].includes(data['kube-proxy-replacement'] ?? '')
  const seesPods = data['bpf-lb-sock-hostns-only'] !== 'true'
  return [
    ...(hasNodeAgent && isExclusive
      ? [
          warningFinding({
            code: 'cilium-exclusive',
            message: 'Cilium does not suffer a second network plugin on a node, and the mesh brings one.',
            cause: 'With cni.exclusive=true Cilium renames the configuration files of all other plugins.',
            remedy: "Set cni.exclusive=false in Cilium's own values first.",
            object,
          }),
        ]
      : []),
    ...(replacesProxy && seesPods
      ? [
          warningFinding({
            code: 'cilium-socket-lb',
            message: 'Cilium resolves Services in the pods themselves, so that proxies of the mesh see pod addresses only.',
            cause: 'It replaces kube-proxy at the sockets of pods: rules of the mesh for a Service are then passed by.',
            remedy: "Set socketLB.hostNamespaceOnly=true in Cilium's own values.",
            object,
          }),
        ]
      : []),
  ]
}
