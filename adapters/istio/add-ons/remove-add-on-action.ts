import { z } from 'zod'
import type { Finding } from '../../../proto/gen/meshwright/adapter/v1/adapter.js'
import type { Action } from '../../runtime/mesh-adapter.js'
import { paramsSchema } from '../../runtime/parameters-schema.js'
import { errorFinding, infoFinding, refusedAction, warningFinding } from '../../runtime/plan-findings.js'
import { checkScope } from '../../runtime/preflight.js'
import { addOnNames, istioAddOns } from '../istio-add-ons.js'
import { istioCatalog as catalog } from '../istio-catalog.js'
import { placeOf } from '../revisions/revision-releases.js'
import { addOnParameters, requiringAddOns } from './add-on-parameters.js'
import { type FoundAddOn, findAddOns } from './find-add-ons.js'
import { removeAddOns, titlesOf } from './remove-add-ons.js'

const Params = z.object({ addOns: z.array(z.enum(addOnNames)), timeoutSeconds: z.number().default(300) })

/** Takes away what bears our mark and nothing else, of whichever version it is and whether or not its control plane still is there. */
export const removeAddOnAction: Action = {
  key: 'remove-add-on',
  title: 'Remove add-ons',
  category: 'add-on',
  scope: 'cluster',
  destructive: true,
  requires: ['installation'],
  handling: 'upgrade',
  parametersSchema: requiringAddOns(paramsSchema(addOnParameters)),
  prepare: async (call, { session, ...tools }) => {
    const scope = checkScope(session, catalog.title)
    if (scope.length > 0) return refusedAction(scope)
    const { addOns: names, timeoutSeconds } = Params.parse(call.parameters.params)
    const { namespace } = placeOf(call)
    const found = await findAddOns(session, namespace)
    const going = found.filter(({ addOn }) => names.includes(addOn.addOn))
    const staying = found.filter((each) => !going.includes(each))
    const removal = await removeAddOns({ session, ...tools }, going, { namespace, timeoutMs: timeoutSeconds * 1000 })
    const absent = istioAddOns.addOns.filter(({ addOn }) => names.includes(addOn) && !going.some((each) => each.addOn.addOn === addOn))
    return {
      ...removal,
      findings: [
        ...absentFindings(
          absent.map((addOn) => ({ addOn })),
          going,
          namespace,
        ),
        ...removal.findings,
        ...neededFindings(going, staying),
      ],
      leftovers: [],
      inputs: {},
    }
  },
}

/** Of some of several it is worth a word; of all there is nothing to do. */
function absentFindings(absent: readonly Pick<FoundAddOn, 'addOn'>[], going: readonly FoundAddOn[], namespace: string): Finding[] {
  if (absent.length === 0) return []
  const text = {
    code: 'add-on-absent',
    message: `${titlesOf(absent)}: nothing that Meshwright put into namespace ${namespace} is there.`,
    cause: 'What another tool put there does not bear the mark of Meshwright, and stays.',
    remedy: 'Remove that with the tool that it came with.',
  }
  return [going.length === 0 ? errorFinding(text) : infoFinding(text)]
}

function neededFindings(going: readonly FoundAddOn[], staying: readonly FoundAddOn[]): Finding[] {
  return staying.flatMap(({ addOn: { title, needs } }) =>
    going
      .filter(({ addOn }) => needs.includes(addOn.addOn))
      .map(({ addOn }) =>
        warningFinding({
          code: 'add-on-needs-other',
          message: `${title} stays, and reads from ${addOn.title}, which goes.`,
          remedy: `Remove ${title} too, or leave ${addOn.title} where it is.`,
        }),
      ),
  )
}
