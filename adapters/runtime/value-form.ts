import type { Finding } from '../../proto/gen/meshwright/adapter/v1/adapter.js'
import type { ComponentInstance } from './components.js'
import type { FormField } from './form-field.js'
import { errorFinding } from './plan-findings.js'
import { valueAt } from './values-at-paths.js'

const wanted = { integer: 'a whole number', number: 'a number', boolean: 'true or false, without quotes', text: 'a single text' }

/** Values of another type than their chart takes, or beyond its limits: helm would fail on them late, or write them as they are. */
export function formFindings({ release, component, values }: Pick<ComponentInstance, 'release' | 'component' | 'values'>): Finding[] {
  return component.form.flatMap(({ path, type, ...limits }) => {
    const value = valueAt(values, path)
    if (value === undefined || value === null) return []
    const said = `Value ${path} of release ${release} is ${JSON.stringify(value)}`
    if (!fits(type, value)) {
      const message = `${said}, and its chart takes ${wanted[type]}.`
      return [errorFinding({ code: 'value-of-wrong-type', message, remedy: `Give it ${wanted[type]}, or leave it out.` })]
    }
    if (isWithin(limits, value)) return []
    const range = rangeOf(limits)
    return [
      errorFinding({ code: 'value-out-of-range', message: `${said}, and must be ${range}.`, remedy: `Give it ${range}, or leave it out.` }),
    ]
  })
}

/** Text that reads as a number is as good: templates print both alike. A condition takes any text for true, "false" too. */
function fits(type: FormField['type'], value: unknown): boolean {
  if (typeof value === 'object') return false
  if (type === 'text') return true
  if (type === 'boolean' || typeof value === 'boolean') return type === typeof value
  const text = String(value)
  const number = text.trim() === '' ? Number.NaN : Number(text)
  return type === 'integer' ? Number.isInteger(number) : Number.isFinite(number)
}

type Limits = Pick<FormField, 'minimum' | 'maximum'>

function isWithin({ minimum = Number.NEGATIVE_INFINITY, maximum = Number.POSITIVE_INFINITY }: Limits, value: unknown): boolean {
  return !(Number(value) < minimum || Number(value) > maximum)
}

function rangeOf({ minimum, maximum }: Limits): string {
  const parts = [minimum === undefined ? [] : `at least ${minimum}`, maximum === undefined ? [] : `at most ${maximum}`]
  return parts.flat().join(' and ')
}
