import { z } from 'zod'
import type { Check } from '../../runtime/checks/check.js'
import { nameOf, refOf } from '../../runtime/manifests.js'
import { errorFinding } from '../../runtime/plan-findings.js'

const ApiService = z.looseObject({
  spec: z.looseObject({ service: z.looseObject({ namespace: z.string() }).nullish() }),
  status: z
    .looseObject({
      conditions: z.array(z.looseObject({ type: z.string(), status: z.string(), message: z.string().default('') })).default([]),
    })
    .prefault({}),
})
const ownGroup = /\.linkerd\.io$/

/** The API server reaches the APIs that an extension adds to it, such as viz's tap: one that is dead stops the deletion of every namespace. */
export const apisAvailable: Check = {
  code: 'apis-available',
  holds: 'Every API that Linkerd adds to the API server is answered.',
  question: 'the APIs that Linkerd adds are answered',
  needsRunning: true,
  find: async ({ session }) => {
    const all = await session.list({ apiVersion: 'apiregistration.k8s.io/v1', kind: 'APIService' })
    return all.flatMap((object) => {
      const { spec, status } = ApiService.parse(object)
      const available = status.conditions.find(({ type }) => type === 'Available')
      if (!spec.service || !ownGroup.test(object.metadata.name ?? '') || available?.status === 'True') return []
      return [
        errorFinding({
          code: 'api-not-available',
          message: `${nameOf(object)} is not answered.`,
          cause: `${available?.message || 'The API server has not looked yet.'} While it is so, no namespace of the cluster can be deleted.`,
          remedy: `Bring the extension in namespace ${spec.service.namespace} up again, or delete the APIService if the extension is gone.`,
          object: refOf(object),
        }),
      ]
    })
  },
}
