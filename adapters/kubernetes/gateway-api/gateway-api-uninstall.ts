import { z } from 'zod'
import type { KubeObject } from '../../../kube/kube-object.js'
import type { Finding } from '../../../proto/gen/meshwright/adapter/v1/adapter.js'
import type { ClusterSession } from '../../runtime/cluster-session.js'
import { definitionKind } from '../../runtime/custom-definition.js'
import { findGatewayDefinitions } from '../../runtime/gateway-definitions.js'
import type { Action } from '../../runtime/mesh-adapter.js'
import { findOtherMeshes } from '../../runtime/other-meshes.js'
import { paramsSchema, timeoutParameter } from '../../runtime/parameters-schema.js'
import { errorFinding, refusedAction, warningFinding } from '../../runtime/plan-findings.js'
import { checkScope } from '../../runtime/preflight.js'
import { removeDefinitions } from '../../runtime/remove-definitions.js'
import { whenForbidden } from '../../runtime/when-forbidden.js'
import { safeUpgrades } from './gateway-api-bundle.js'
import { gatewayApiCatalog } from './gateway-api-catalog.js'
import { describeOwners, refuseReconcilers } from './gateway-api-owners.js'
import { findGatewayUsers } from './gateway-api-users.js'

const Params = z.object({ timeoutSeconds: z.number().default(300) })

/** Export first; then the policy, then the definitions, with every object of theirs. */
export const uninstallGatewayApi: Action = {
  key: 'uninstall',
  title: 'Uninstall the Gateway API',
  category: 'uninstall',
  scope: 'cluster',
  destructive: true,
  requires: ['installation'],
  handling: 'definitions',
  parametersSchema: paramsSchema({ timeoutSeconds: timeoutParameter }),
  prepare: async (call, scene) => {
    const { session } = scene
    const { timeoutSeconds } = Params.parse(call.parameters.params ?? {})
    const scope = checkScope(session, gatewayApiCatalog.title)
    const present = scope.length > 0 ? [] : await findGatewayDefinitions(session)
    if (present.length === 0) return refusedAction(scope.length > 0 ? scope : [absent])
    const found = await Promise.all(present.map(({ name }) => session.get({ ...definitionKind, name })))
    const definitions = found.flatMap((definition) => definition ?? [])
    const note = `They came with: ${describeOwners(present)}.`
    const [removal, classes, meshes] = await Promise.all([
      removeDefinitions(scene, { ...removed, definitions, note, before: policyObjects, timeoutMs: timeoutSeconds * 1000 }),
      findGatewayUsers(session),
      whenForbidden(activeMeshes(session), []),
    ])
    return {
      steps: removal.steps,
      findings: [...refuseReconcilers(present), ...classes, ...meshes],
      confirmations: removal.confirmations,
      leftovers: [],
      inputs: {},
    }
  },
}

const removed = { what: 'the Gateway API', component: 'gateway-api', file: 'gateway-api-objects' }

const absent = errorFinding({
  code: 'installation-absent',
  message: 'There is no Gateway API in this cluster.',
  remedy: 'Nothing: it is gone already.',
})

const policyObjects: KubeObject[] = ['ValidatingAdmissionPolicyBinding', 'ValidatingAdmissionPolicy'].map((kind) => ({
  apiVersion: 'admissionregistration.k8s.io/v1',
  kind,
  metadata: { name: safeUpgrades },
}))

/** Meshes that route by HTTPRoutes of services may have no GatewayClass. */
async function activeMeshes(session: ClusterSession): Promise<Finding[]> {
  return (await findOtherMeshes(session, gatewayApiCatalog.mesh)).map(({ message, cause, object }) =>
    warningFinding({
      code: 'gateway-api-used',
      message: `${message} It may route by the Gateway API.`,
      cause,
      remedy: 'Take its routes over to its own configuration first, or uninstall it first.',
      ...(object ? { object } : {}),
    }),
  )
}
