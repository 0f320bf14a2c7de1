import type { Finding } from '../../proto/gen/meshwright/adapter/v1/adapter.js'
import type { ComponentInstance } from './components.js'
import type { FormField } from './form-field.js'
import { errorFinding } from './plan-findings.js'

const wanted = { integer: 'a whole number', number: 'a number', boolean: 'true or false, without quotes', text: 'a text' }

/** Values of another type than their chart takes: helm would fail on them late, or write them as they are. */
export function formFindings({ release, component, values }: Pick<ComponentInstance, 'release' | 'component' | 'values'>): Finding[] {
  return component.form.flatMap(({ path, type }) => {
    const value = path.split('.').reduce<unknown>((inner, key) => (isValues(inner) ? inner[key] : undefined), values)
    if (value === undefined || value === null || fits(type, value)) return []
    const message = `Value ${path} of release ${release} is ${JSON.stringify(value)}, and its chart takes ${wanted[type]}.`
    return [errorFinding({ code: 'value-of-wrong-type', message, remedy: `Give it ${wanted[type]}, or leave it out.` })]
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

function isValues(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
