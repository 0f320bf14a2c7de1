import type { Finding } from '../../../proto/gen/meshwright/adapter/v1/adapter.js'
import type { ClusterSession } from '../../runtime/cluster-session.js'
import { errorFinding, infoFinding, warningFinding } from '../../runtime/plan-findings.js'
import { whenForbidden } from '../../runtime/when-forbidden.js'
import { type AddOn, istioAddOns } from '../istio-add-ons.js'

/** That no add-ons are known for a version of the control plane. */
export function unknownVersion(version: string): Finding {
  const known = istioAddOns.versions.map(({ istio }) => istio).join(', ')
  return errorFinding({
    code: 'add-on-version-unknown',
    message: `Which add-ons belong to Istio ${version} is not known.`,
    cause: `Meshwright has them for Istio ${known}.`,
    remedy: 'Bring Istio to one of these versions first, or install its add-ons with its own samples.',
  })
}

/** What chosen add-ons read from and is neither chosen nor there. It is the Service of that name, whoever brought it. */
export async function needFindings(session: ClusterSession, chosen: readonly AddOn[], namespace: string): Promise<Finding[]> {
  const missing = istioAddOns.addOns.filter((each) => !chosen.includes(each) && chosen.some(({ needs }) => needs.includes(each.addOn)))
  const found = await Promise.all(
    missing.map(({ service: name }) => whenForbidden(session.get({ apiVersion: 'v1', kind: 'Service', namespace, name }), undefined)),
  )
  return missing
    .filter((_each, index) => found[index] === undefined)
    .map(({ addOn, title, service, port }) =>
      warningFinding({
        code: 'add-on-needs-other',
        message: `${chosen.flatMap((each) => (each.needs.includes(addOn) ? each.title : [])).join(' and ')} would read from ${title}, which is not there.`,
        cause: `Without an answer from http://${service}.${namespace}:${port} there is no traffic to show.`,
        remedy: `Choose ${addOn} too.`,
      }),
    )
}

/** What Istio itself says of its samples of add-ons. */
export const notForProduction = warningFinding({
  code: 'add-on-not-for-production',
  message: 'The add-ons are for looking at a mesh, and are not made for production.',
  cause: 'They have one pod each, no disk that outlives it, no users and no limits.',
  remedy: 'For production run them by their own charts or operators; Istio works with those as well.',
  docs: 'https://istio.io/latest/docs/ops/integrations/',
})

/** What a user must know of one add-on: who can look, from where, and what is lost with its pod. */
export function aboutFindings({ title, service, port, openTo, forgets }: AddOn, namespace: string): Finding[] {
  const open = warningFinding({
    code: 'add-on-open',
    message: `Whoever reaches ${title} ${openTo}, without signing in.`,
    cause: `Its Service ${service} has a cluster IP: every pod of the cluster can reach it, and nobody outside can.`,
    remedy: `To look at it: kubectl port-forward --namespace ${namespace} service/${service} ${port === 80 ? 8080 : port}:${port}. An AuthorizationPolicy or NetworkPolicy narrows who can.`,
  })
  if (forgets === '') return [open]
  const message = `${title} keeps ${forgets} and no longer than its pod lives.`
  return [open, infoFinding({ code: 'add-on-forgets', message, remedy: 'Nothing, unless you need them for longer.' })]
}
