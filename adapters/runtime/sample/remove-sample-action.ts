import { z } from 'zod'
import { sampleNamespace } from '../../../contract/sample.js'
import type { KubeObject } from '../../../kube/kube-object.js'
import type { Catalog } from '../catalog.js'
import { deleteStep } from '../delete-step.js'
import { refOf, sortForDelete } from '../manifests.js'
import { joinModes } from '../membership-marks.js'
import type { Action, Scene, Step } from '../mesh-adapter.js'
import { paramsSchema, timeoutParameter } from '../parameters-schema.js'
import { refusedAction } from '../plan-findings.js'
import { checkPermissions } from '../preflight.js'
import { whenForbidden } from '../when-forbidden.js'
import { deleteNamespaceStep, unmarkNamespaceStep } from './leave-namespace-step.js'
import { readContent } from './namespace-content.js'
import { absentSample, stayingFindings } from './sample-findings.js'
import { sampleLabel } from './sample-names.js'
import { namespaceParameter } from './sample-parameters.js'

const Params = z.object({ namespace: z.string().default(sampleNamespace), timeoutSeconds: z.number().default(300) })

/** Takes away what bears our mark and nothing else, of whichever mesh it is and whether or not that still is there. */
export function removeSampleAction(catalog: Catalog): Action {
  return {
    key: 'remove-sample',
    title: 'Remove the sample application',
    category: 'sample',
    scope: 'namespace',
    destructive: true,
    requires: [],
    ...(joinModes(catalog).length > 0 ? { handling: 'membership' } : {}),
    parametersSchema: paramsSchema({
      namespace: { ...namespaceParameter, description: 'Where the sample is.' },
      timeoutSeconds: timeoutParameter,
    }),
    prepare: async (call, scene) => {
      const { session } = scene
      const { namespace: name, timeoutSeconds } = Params.parse(call.parameters.params ?? {})
      const namespace = await session.get({ apiVersion: 'v1', kind: 'Namespace', name })
      const came = namespace?.metadata.labels?.[sampleLabel]
      if (namespace === undefined || came === undefined) return refusedAction([absentSample(name, await samplesElsewhere(scene))])
      const content = await readContent(session, name)
      const staying = stayingFindings(namespace, { came, content })
      const leave = { namespace, timeoutMs: timeoutSeconds * 1000 }
      const last = staying.length > 0 ? unmarkNamespaceStep(scene, leave) : deleteNamespaceStep(scene, leave)
      const own = await checkPermissions(session, { objects: content.ours.map(refOf), verbs: ['get', 'delete'] })
      const verbs = ['get', staying.length > 0 ? 'patch' : 'delete']
      return {
        steps: [...removeSteps(scene, content.ours, leave), last],
        findings: [...own, ...(await checkPermissions(session, { objects: [refOf(namespace)], verbs })), ...staying],
        confirmations: [],
        leftovers: [],
        // Whether the namespace goes is what was agreed to: it does not become something else on the way.
        inputs: { stays: staying.length > 0 },
      }
    },
  }
}

function removeSteps(scene: Scene, ours: KubeObject[], { namespace, timeoutMs }: { namespace: KubeObject; timeoutMs: number }): Step[] {
  if (ours.length === 0) return []
  const kinds = [...new Set(ours.map(({ kind }) => kind.toLowerCase()))].join(',')
  return [
    deleteStep(scene, {
      ...{ key: 'sample', title: 'Remove the sample application', component: 'sample', objects: sortForDelete(ours), timeoutMs },
      equivalent: `kubectl delete ${kinds} --namespace ${namespace.metadata.name} --selector ${sampleLabel}`,
    }),
  ]
}

async function samplesElsewhere({ session }: Scene): Promise<string[]> {
  const list = session.list({ apiVersion: 'v1', kind: 'Namespace' }, { labelSelector: sampleLabel, metadataOnly: true })
  return (await whenForbidden(list, [])).map(({ metadata }) => metadata.name ?? '')
}
