import { checkGatewayApi } from '../../runtime/check-gateway-api.js'
import type { Check } from '../../runtime/checks/check.js'
import { infoFinding } from '../../runtime/plan-findings.js'
import { readEdge } from './read-edge.js'

// linkerd2: pkg/healthcheck, the category gateway-api-crd.

/** The Gateway API is there, in a bundle that the installed version works with: its policies and routes are of it. */
export const gatewayApiFits: Check = {
  code: 'gateway-api-fits',
  holds: 'The Gateway API is there in a version that Linkerd works with.',
  question: 'the Gateway API fits this version of Linkerd',
  find: async ({ session, catalog, version }) => {
    const installed = readEdge(version)
    const known = catalog.versions.find((each) => installed !== undefined && readEdge(each.version) === installed)
    if (known !== undefined) return checkGatewayApi(session, catalog.title, known)
    return [
      infoFinding({
        code: 'gateway-api-window-unknown',
        message: `Whether the Gateway API of this cluster fits ${catalog.title} ${version || '(version unknown)'} is not known.`,
        cause: 'The catalogue of this Meshwright does not have that version.',
        remedy: 'Compare the two in the release notes of Linkerd.',
      }),
    ]
  },
}
