import { z } from 'zod'
import type { KubeObject } from '../../kube/kube-object.js'
import type { Finding } from '../../proto/gen/meshwright/adapter/v1/adapter.js'
import type { Check } from '../runtime/checks/check.js'
import { notLookedAt } from '../runtime/checks/not-looked-at.js'
import { nameOf, refOf } from '../runtime/manifests.js'
import { mapAtOnce } from '../runtime/map-at-once.js'
import { errorFinding, warningFinding } from '../runtime/plan-findings.js'

/** istio.analysis.v1alpha1.AnalysisMessageBase, which istiod writes into the status of what it analyses. */
const Analysed = z.looseObject({
  status: z
    .looseObject({
      validationMessages: z
        .array(
          z.looseObject({
            type: z.looseObject({ name: z.string().default(''), code: z.string().default('') }).prefault({}),
            level: z.string().default(''),
            documentationUrl: z.string().default(''),
          }),
        )
        .nullish(),
    })
    .nullish(),
})
const listedAtOnce = 4

/** No error that istiod's own analysis found, as far as it analyses: that is off unless somebody turned it on. */
export const configAnalysed: Check = {
  code: 'config-analysed',
  holds: 'istiod has found no fault in the configuration that it analyses.',
  question: 'istiod has found faults in the configuration',
  needsRunning: true,
  find: async ({ session, catalog, namespace }) => {
    const own = new Set(catalog.customResources)
    const kinds = (await session.resources()).filter(({ group, plural, preferred }) => preferred && own.has(`${plural}.${group}`))
    const objects = (await mapAtOnce(listedAtOnce, kinds, (kind) => session.list(kind))).flat()
    const planes = await session.list({ apiVersion: 'apps/v1', kind: 'Deployment' }, { namespace, labelSelector: 'app=istiod' })
    return [...objects.flatMap(messagesOf), ...(planes.some(analyses) ? [] : [notAnalysed()])]
  },
}

function messagesOf(object: KubeObject): Finding[] {
  return (Analysed.parse(object).status?.validationMessages ?? []).flatMap(({ type, level, documentationUrl }) => {
    const text = {
      code: 'config-fault',
      message: `${nameOf(object)}: ${type.name} (${type.code}).`,
      cause: `istiod's analysis says so${documentationUrl ? `; ${documentationUrl} tells more` : ''}.`,
      remedy: 'Correct the object; `istioctl analyze` tells the same with the names that it is about.',
      object: refOf(object),
    }
    if (level === 'ERROR') return [errorFinding(text)]
    return level === 'WARNING' ? [warningFinding(text)] : []
  })
}

function analyses({ spec }: KubeObject): boolean {
  const { template } = (spec ?? {}) as { template?: { spec?: { containers?: { env?: { name: string; value?: string }[] }[] } } }
  const variables = (template?.spec?.containers ?? []).flatMap(({ env = [] }) => env)
  return variables.some(({ name, value }) => name === 'PILOT_ENABLE_ANALYSIS' && value === 'true')
}

function notAnalysed(): Finding {
  return notLookedAt({
    message: 'Whether the configuration has faults that Istio would find is not looked at.',
    cause: 'istiod does not analyse it: the value global.istiod.enableAnalysis is false.',
    remedy: 'Run `istioctl analyze --all-namespaces`, or set the value to true: then its findings stand here.',
  })
}
