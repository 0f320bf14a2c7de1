import { z } from 'zod'
import type { KubeObject } from '../../../kube/kube-object.js'
import type { Catalog } from '../catalog.js'
import { nameOf, refOf } from '../manifests.js'
import { errorFinding, warningFinding } from '../plan-findings.js'
import { podProblems } from '../pod-problems.js'
import { readinessOf } from '../workload-readiness.js'
import type { Check, CheckScene } from './check.js'

type Rule = Catalog['discoveryRules'][number]

const kinds = ['Deployment', 'StatefulSet', 'DaemonSet'] as const
const Template = z.looseObject({
  spec: z.looseObject({
    template: z.looseObject({ metadata: z.looseObject({ labels: z.record(z.string(), z.string()).default({}) }).prefault({}) }),
  }),
})

/** Every workload of the mesh has the pods that it wants, ready. Without the control plane it is an error, without an add-on a warning. */
export const controlPlaneReady: Check = {
  code: 'control-plane-ready',
  holds: 'Every workload of the mesh is ready.',
  question: 'the workloads of the mesh are ready',
  find: async (scene) => {
    const workloads = await findWorkloads(scene)
    const missing = workloads.some(({ rule }) => rule.role === 'control-plane') ? [] : [noControlPlane(scene)]
    const waiting = workloads.filter(({ workload }) => !readinessOf(workload).ready)
    const findings = await Promise.all(
      waiting.map(async ({ workload, rule }) => {
        const problems = await podProblems(scene.session, workload)
        const more = 'its events and the logs of its pods tell more.'
        const text = {
          code: 'workload-not-ready',
          message: `${nameOf(workload)} is not ready: ${readinessOf(workload).detail}.`,
          cause: problems.slice(0, 5).join('; ') || undefined,
          remedy: problems.length > 0 ? `Correct what the cause names; ${more}` : `Look at the workload: ${more}`,
          object: refOf(workload),
        }
        return rule.role === 'add-on' ? warningFinding(text) : errorFinding(text)
      }),
    )
    return [...missing, ...findings]
  },
}

interface Recognised {
  workload: KubeObject
  rule: Rule
}

/** Workloads whose pods a rule of the catalogue recognises: the control plane of this installation, and what other parts the mesh has anywhere. */
async function findWorkloads({ session, catalog, namespace, revision }: CheckScene): Promise<Recognised[]> {
  const lists = await Promise.all(kinds.map((kind) => session.list({ apiVersion: 'apps/v1', kind })))
  return lists.flat().flatMap((workload) => {
    const labels = Template.safeParse(workload).data?.spec.template.metadata.labels ?? {}
    const rule = catalog.discoveryRules.find((each) => each.labels.every(({ key, values }) => fits(labels[key], values)))
    if (rule === undefined) return []
    const isElsewhere = rule.role === 'control-plane' && workload.metadata.namespace !== namespace
    const own = labels[rule.revisionLabel] ?? ''
    const isOther = rule.revisionLabel !== '' && own !== '' && named(own) !== named(revision)
    return isElsewhere || isOther ? [] : [{ workload, rule }]
  })
}

function fits(value: string | undefined, values: readonly string[]): boolean {
  return value !== undefined && (values.length === 0 || values.includes(value))
}

function named(revision: string): string {
  return revision || 'default'
}

function noControlPlane({ namespace, catalog }: CheckScene) {
  return errorFinding({
    code: 'control-plane-missing',
    message: `There is no control plane of ${catalog.title} in namespace ${namespace}.`,
    remedy: 'Install it again, or remove what is left of it.',
  })
}
