import { z } from 'zod'
import type { KubeObject } from '../../kube/kube-object.js'
import { AdapterError } from '../runtime/adapter-error.js'
import { applyStep } from '../runtime/apply-step.js'
import type { Action, Call, Scene } from '../runtime/mesh-adapter.js'
import { waitStep } from '../runtime/wait-step.js'

const kinds = ['Deployment', 'StatefulSet', 'DaemonSet'] as const

const Params = z.object({
  workloads: z.array(z.object({ kind: z.enum(kinds), namespace: z.string(), name: z.string() })).default([]),
  namespace: z.string().default(''),
  timeoutSeconds: z.number().default(300),
})

const name = { type: 'string', maxLength: 253, pattern: '^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$' }

const workloadSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['kind', 'namespace', 'name'],
  properties: { kind: { enum: kinds }, namespace: name, name },
}

const paramsSchema = {
  type: 'object',
  additionalProperties: false,
  properties: {
    workloads: { type: 'array', maxItems: 200, items: workloadSchema, title: 'Workloads' },
    namespace: { ...name, title: 'All workloads of this namespace' },
    timeoutSeconds: { type: 'integer', minimum: 5, maximum: 3600, default: 300, title: 'Wait at most (seconds)' },
  },
}

/** As `kubectl rollout restart`: pods are made anew, with or without a sidecar as their namespace asks now. */
export const restartWorkloads: Action = {
  key: 'restart-workloads',
  title: 'Restart workloads',
  category: 'configure',
  scope: 'workload',
  destructive: false,
  requires: [],
  parametersSchema: { type: 'object', additionalProperties: false, required: ['params'], properties: { params: paramsSchema } },
  prepare: async (call, scene) => {
    const params = Params.parse(call.parameters.params)
    const workloads = await findWorkloads(params, call, scene)
    const restartedAt = new Date().toISOString()
    const objects = workloads.map((workload) => restartPatch(workload, restartedAt))
    const equivalent = workloads
      .map(({ kind, metadata }) => `kubectl rollout restart ${kind.toLowerCase()}/${metadata.name} -n ${metadata.namespace}`)
      .join(' && ')
    const title = `Restart ${workloads.length} ${workloads.length === 1 ? 'workload' : 'workloads'}`
    return {
      steps: [
        // The annotation may be another tool's from an earlier restart: it says nothing but the time, so it is taken over.
        applyStep(scene, {
          key: 'restart',
          title,
          component: 'workloads',
          objects,
          manager: 'meshwright-restart',
          force: true,
          equivalent,
        }),
        waitStep(scene, {
          key: 'wait-ready',
          title: 'Wait until the new pods are ready',
          component: 'workloads',
          objects: workloads,
          timeoutMs: params.timeoutSeconds * 1000,
        }),
      ],
      findings: [],
      confirmations: [],
      leftovers: [],
      inputs: {},
    }
  },
}

async function findWorkloads(params: z.infer<typeof Params>, { target }: Call, { session }: Scene): Promise<KubeObject[]> {
  const namespace = params.namespace || target.namespace
  const named = params.workloads.map(async ({ kind, ...place }) => {
    const found = await session.get({ apiVersion: 'apps/v1', kind, ...place })
    if (found !== undefined) return found
    throw new AdapterError('not-found', `There is no ${kind} ${place.namespace}/${place.name}.`, {
      remedy: 'Name workloads that exist; `kubectl get deployments,statefulsets,daemonsets -A` lists them.',
    })
  })
  if (named.length > 0) return Promise.all(named)
  if (!namespace)
    throw new AdapterError('invalid-parameters', 'Nothing to restart was named.', { remedy: 'Give params.workloads or params.namespace.' })
  const all = await Promise.all(kinds.map((kind) => session.list({ apiVersion: 'apps/v1', kind }, { namespace })))
  return all.flat()
}

function restartPatch({ apiVersion, kind, metadata }: KubeObject, restartedAt: string): KubeObject {
  return {
    apiVersion,
    kind,
    metadata: { name: metadata.name ?? '', namespace: metadata.namespace ?? '' },
    spec: { template: { metadata: { annotations: { 'kubectl.kubernetes.io/restartedAt': restartedAt } } } },
  }
}
