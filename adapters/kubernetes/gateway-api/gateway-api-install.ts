import semver from 'semver'
import { z } from 'zod'
import { keepPolicy } from '../../../installers/definition-owner.js'
import type { KubeObject } from '../../../kube/kube-object.js'
import type { Finding } from '../../../proto/gen/meshwright/adapter/v1/adapter.js'
import { applyStep } from '../../runtime/apply-step.js'
import { checkStoredVersions } from '../../runtime/check-definitions.js'
import { describeBundle, findGatewayDefinitions, type GatewayDefinition } from '../../runtime/gateway-definitions.js'
import type { Action, Call, PreparedAction, Scene, Step } from '../../runtime/mesh-adapter.js'
import { findVersion } from '../../runtime/offered-versions.js'
import { paramsSchema, timeoutParameter } from '../../runtime/parameters-schema.js'
import { errorFinding, infoFinding, refusedAction } from '../../runtime/plan-findings.js'
import { checkKubernetesVersion, checkScope } from '../../runtime/preflight.js'
import { waitStep } from '../../runtime/wait-step.js'
import { readBundle } from './gateway-api-bundle.js'
import { gatewayApiCatalog } from './gateway-api-catalog.js'
import { confirmChannel, confirmTakeOver, refuseReconcilers } from './gateway-api-owners.js'
import { findGatewayUsers } from './gateway-api-users.js'

const Params = z.object({ timeoutSeconds: z.number().default(300) })

type JudgePresent = (present: readonly GatewayDefinition[], version: string) => Finding[]

const common = {
  scope: 'cluster',
  destructive: false,
  handling: 'definitions',
  parametersSchema: paramsSchema({ timeoutSeconds: timeoutParameter }),
} as const

/** Definitions first, waited for until they are served; then the policy that guards them. */
export const installGatewayApi: Action = {
  ...common,
  key: 'install',
  title: 'Install the Gateway API',
  category: 'install',
  requires: [],
  prepare: (call, scene) => prepareBundle(call, scene, judgeInstall),
}

/** The same for definitions of an older version that are there already, whoever brought them. */
export const upgradeGatewayApi: Action = {
  ...common,
  key: 'upgrade',
  title: 'Upgrade the Gateway API',
  category: 'upgrade',
  requires: ['installation'],
  prepare: (call, scene) => prepareBundle(call, scene, judgeUpgrade),
}

async function prepareBundle(call: Call, scene: Scene, judgePresent: JudgePresent): Promise<PreparedAction> {
  const { session, releases } = scene
  const scope = checkScope(session, gatewayApiCatalog.title)
  if (scope.length > 0) return refusedAction(scope)
  const version = await findVersion(gatewayApiCatalog, releases.charts, call.version)
  const { timeoutSeconds } = Params.parse(call.parameters.params ?? {})
  const [bundle, present] = await Promise.all([readBundle(version.version), findGatewayDefinitions(session)])
  const [kubernetes, stored, users] = await Promise.all([
    checkKubernetesVersion(session, gatewayApiCatalog.title, version),
    checkStoredVersions(session, bundle.definitions),
    findGatewayUsers(session),
  ])
  const definitions = bundle.definitions.map((definition) => withKeep(definition, present))
  const judged = [...judgePresent(present, version.version), ...refuseDowngrade(present, version.version)]
  return {
    steps: stepsOf(scene, { ...bundle, definitions }, { timeoutMs: timeoutSeconds * 1000, force: present.length > 0 }),
    findings: [...kubernetes, ...judged, ...refuseReconcilers(present), ...stored, ...(present.length > 0 ? users : [])],
    confirmations: [...confirmTakeOver(present, bundle.definitions), ...confirmChannel(present)],
    leftovers: [],
    inputs: { version: version.version, objects: [...bundle.definitions, ...bundle.policies].length },
  }
}

interface StepParts {
  definitions: readonly KubeObject[]
  policies: readonly KubeObject[]
}

/** Force takes the fields over from whoever had them: the plan names the owners and asks first. */
function stepsOf(scene: Scene, { definitions, policies }: StepParts, { timeoutMs, force }: { timeoutMs: number; force: boolean }): Step[] {
  const equivalent = 'kubectl apply --server-side --field-manager=meshwright -f standard-install.yaml'
  const component = 'gateway-api'
  const apply = (key: string, title: string, objects: readonly KubeObject[]) =>
    applyStep(scene, { key, title, component, objects, force, equivalent })
  return [
    apply('definitions', `Apply ${definitions.length} definitions`, definitions),
    waitStep(scene, { key: 'served', title: 'Wait until the new kinds are served', component, objects: definitions, timeoutMs }),
    ...(policies.length > 0 ? [apply('policy', 'Apply the policy against unsafe changes', policies)] : []),
  ]
}

/** helm's upgrade of a chart that no longer has a definition deletes it, unless the object says to keep it. */
function withKeep(definition: KubeObject, present: readonly GatewayDefinition[]): KubeObject {
  const { metadata } = definition
  if (!present.some(({ name, owner }) => name === metadata.name && owner.release !== '')) return definition
  return { ...definition, metadata: { ...metadata, annotations: { ...metadata.annotations, ...keepPolicy } } }
}

const judgeInstall: JudgePresent = (present, version) => {
  if (present.length === 0) return []
  const message = `The Gateway API ${describeBundle(present)} is in this cluster.`
  if (present.every((one) => one.version === version)) {
    return [infoFinding({ code: 'installation-present', message, remedy: 'Nothing: it is brought to what this version says.' })]
  }
  const cause = 'An install does not change the version of what is there.'
  return [errorFinding({ code: 'installation-present', message, cause, remedy: 'Upgrade it, or uninstall it first.' })]
}

const judgeUpgrade: JudgePresent = (present) => {
  if (present.length > 0) return []
  return [errorFinding({ code: 'installation-absent', message: 'There is no Gateway API in this cluster.', remedy: 'Install it instead.' })]
}

/** Older definitions lack fields and versions that objects may use by now: the API server would drop them. */
function refuseDowngrade(present: readonly GatewayDefinition[], version: string): Finding[] {
  const newer = present.filter((one) => one.version !== '' && semver.gt(one.version, version))
  if (newer.length === 0) return []
  return [
    errorFinding({
      code: 'downgrade-refused',
      message: `The Gateway API in this cluster is ${describeBundle(newer)}, which is newer than ${version}.`,
      cause: 'Objects may use what the older definitions do not have; it would be lost at their next change.',
      remedy:
        'Choose the same version or a newer one. To go back all the same, uninstall it: its objects are exported and can be restored.',
    }),
  ]
}
