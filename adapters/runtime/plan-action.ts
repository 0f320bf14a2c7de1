import type { PlanResponse } from '../../proto/gen/meshwright/adapter/v1/adapter.js'
import { unansweredFindings } from './admission/webhook-findings.js'
import { noArrivals } from './arrivals.js'
import { hashInputs } from './cluster-facts.js'
import type { Action, Call, Scene, StepPreview } from './mesh-adapter.js'

type Entry = NonNullable<PlanResponse['entry']>

/** Everything that a plan says, in the order in which it is found out; the digest comes last. Changes nothing. */
export async function* planAction(action: Action, call: Call, scene: Scene): AsyncGenerator<Entry, void, undefined> {
  yield progress('Looking at the cluster')
  const prepared = await action.prepare(call, scene)
  for (const finding of prepared.findings) yield { $case: 'finding', value: finding }
  for (const confirmation of prepared.confirmations) yield { $case: 'confirmation', value: confirmation }
  for (const leftover of prepared.leftovers) yield { $case: 'leftover', value: leftover }

  const arrivals = noArrivals()
  const facts: StepPreview['facts'][number][] = []
  const objects: StepPreview['objects'][number][] = []
  for (const step of prepared.steps) {
    scene.signal.throwIfAborted()
    yield progress(`Judging: ${step.title}`)
    const preview = await step.preview(arrivals)
    const { key, title, component, kind, equivalent } = step
    yield { $case: 'step', value: { key, title, component, kind, equivalent, hooks: [...preview.hooks], release: preview.release } }
    for (const object of preview.objects) yield { $case: 'object', value: object }
    for (const finding of preview.findings) yield { $case: 'finding', value: finding }
    facts.push(...preview.facts)
    objects.push(...preview.objects)
  }
  for (const finding of await unansweredFindings(scene.session, objects)) yield { $case: 'finding', value: finding }
  const preconditions = [...new Map(facts.map((fact) => [`${fact.kind} ${fact.key}`, fact])).values()]
  yield { $case: 'digest', value: { inputs: hashInputs(call, prepared.inputs), preconditions } }
}

function progress(text: string): Entry {
  return { $case: 'progress', value: text }
}
