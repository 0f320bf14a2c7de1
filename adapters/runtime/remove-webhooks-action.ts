import { installerName } from '../../installers/find-installer.js'
import type { KubeObject } from '../../kube/kube-object.js'
import type { Confirmation, Finding } from '../../proto/gen/meshwright/adapter/v1/adapter.js'
import { AdapterError } from './adapter-error.js'
import { webhookKinds } from './admission/webhook-configuration.js'
import type { Catalog } from './catalog.js'
import { defaultRevision, type Place } from './chart-mesh.js'
import { deleteStep } from './delete-step.js'
import { exportStep } from './export-step.js'
import { nameOf, refOf } from './manifests.js'
import type { Action, Scene, Step } from './mesh-adapter.js'
import { paramsSchema } from './parameters-schema.js'
import { errorFinding, infoFinding, refusedAction, warningFinding } from './plan-findings.js'
import { findSilentWebhooks, type SilentWebhooks } from './silent-webhooks.js'

interface Look {
  names: RegExp
  place: Place
}

/**
 * The emergency: a control plane is dead, and its webhooks keep pods or configuration from being created. They are exported,
 * then deleted. Never those of others, nor any that is answered.
 */
export function removeWebhooksAction(catalog: Catalog, names: RegExp): Action {
  const { title } = catalog
  return {
    key: 'remove-webhooks',
    title: 'Remove silent webhooks',
    category: 'rescue',
    scope: 'cluster',
    destructive: true,
    requires: [],
    handling: 'rescue',
    parametersSchema: paramsSchema({}),
    prepare: async (call, scene) => {
      if (scene.session.simulated) return refusedAction([notSimulated])
      const place = { namespace: call.target.namespace || catalog.namespace, revision: call.target.revision || defaultRevision }
      const look = { names, place }
      const { own, others } = await findSilentWebhooks(scene.session, catalog, look)
      return {
        steps: own.length > 0 ? removalSteps(scene, catalog, { look, own }) : [],
        findings: [...(own.length > 0 ? [otherWay(title)] : [notSilent(title, place)]), ...others.map(ofOthers)],
        confirmations: confirmRemoval(title, own),
        leftovers: [],
        inputs: own.map(({ kind, metadata }) => [kind, metadata.name, metadata.uid]),
      }
    },
  }
}

function removalSteps(scene: Scene, catalog: Catalog, { look, own }: { look: Look; own: readonly KubeObject[] }): Step[] {
  const uids = new Set(own.map(({ metadata }) => metadata.uid))
  const component = 'webhooks'
  const exporting = exportStep(scene, {
    ...{
      key: 'export-webhooks',
      title: 'Export the webhook configurations',
      component,
      file: `${catalog.mesh}-webhooks`,
      kinds: webhookKinds,
    },
    select: ({ metadata }) => uids.has(metadata.uid),
    restoredAfter: 'bring the control plane up again',
  })
  const deleting = deleteStep(scene, {
    ...{ key: 'delete-webhooks', title: `Delete ${counted(own.length)} that nobody answers`, component },
    objects: own,
    timeoutMs: 60_000,
    equivalent: own.map(({ kind, metadata }) => `kubectl delete ${kind.toLowerCase()} ${metadata.name}`).join(' && '),
    asRead: true,
  })
  return [
    exporting,
    {
      ...deleting,
      run: async (context) => {
        const still = await findSilentWebhooks(scene.session, catalog, look)
        const answered = own.filter(({ metadata }) => still.own.every((object) => object.metadata.uid !== metadata.uid))
        if (answered.length > 0) throw nowAnswered(answered)
        await deleting.run(context)
      },
    },
  ]
}

function counted(count: number): string {
  return count === 1 ? 'one webhook configuration' : `${count} webhook configurations`
}

function confirmRemoval(title: string, own: readonly KubeObject[]): Confirmation[] {
  if (own.length === 0) return []
  return [
    {
      code: 'webhooks-lost',
      text: `${counted(own.length)} of ${title} will be deleted: ${own.map(nameOf).join(', ')}. Until they are restored, new pods come up outside of the mesh, without its encryption and its policies, and configuration of the mesh is not validated. They are exported first, into a file that this operation keeps.`,
      destructive: true,
      objects: own.map(refOf),
    },
  ]
}

const notSimulated = errorFinding({
  code: 'not-simulated',
  message: 'Whether webhooks are answered cannot be seen here.',
  cause: 'Nothing runs in a simulated cluster.',
  remedy: 'Use it on a real cluster.',
})

function notSilent(title: string, { namespace, revision }: Place): Finding {
  return errorFinding({
    code: 'webhooks-not-silent',
    message: `No fail-closed webhook of ${title} in namespace ${namespace}, revision ${revision}, may be removed.`,
    cause: 'Each is answered, lets objects pass when nobody answers, calls somebody else too, or belongs to another tool.',
    remedy: 'Look at the health of the installation: a check names webhooks that nobody answers.',
  })
}

function otherWay(title: string): Finding {
  return infoFinding({
    code: 'rescue-choices',
    message: `Only the webhooks go; the rest of ${title} stays as it is.`,
    remedy: `When the control plane can be brought up soon, do that instead. An install or upgrade brings the webhooks back; to roll ${title} back or to uninstall it are choices of their own. Afterwards restart the pods that came up meanwhile.`,
  })
}

function ofOthers({ object, found }: SilentWebhooks['others'][number]): Finding {
  return warningFinding({
    code: 'webhook-of-others',
    message: `Nobody answers ${nameOf(object)} either, and it stays: ${installerName(found.installer)} put it there.`,
    remedy: `Change it there: ${found.where}.`,
    object: refOf(object),
  })
}

function nowAnswered(objects: readonly KubeObject[]): AdapterError {
  return new AdapterError('conflict', 'Somebody answers again, so nothing was deleted.', {
    cause: objects.map(nameOf).join(', '),
    remedy: 'Look whether pods start again; when they do not, plan again.',
  })
}
