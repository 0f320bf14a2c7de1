import { type JsonMap, listOf, mapOf, textOf } from './json.js'
import { at } from './json-parts.js'
import { badRequest } from './status-error.js'

/** Whether an object is selected. */
export type Selector = (object: JsonMap) => boolean

type Labels = { [key: string]: unknown }
type Requirement = (labels: Labels) => boolean

// A key, an operator and a value, or `key in (a, b)`; parts are split at commas outside of brackets.
const setBased = /^([^\s!=()]+)\s+(in|notin)\s+\(([^()]*)\)$/
const equality = /^([^\s!=()]+)\s*(==|=|!=)\s*([^\s!=()]*)$/

/** `app=web,tier!=db,env in (a,b),!old,new`: label selectors as kubectl takes them. Throws 400 for what is none. */
export function parseLabelSelector(text: string): Selector {
  const requirements = split(text).map(parseRequirement)
  return (object) => {
    const labels = mapOf(mapOf(object.metadata).labels)
    return requirements.every((holds) => holds(labels))
  }
}

/** The selector of a Service: plain labels. */
export function selectsLabels(selector: JsonMap, labels: Labels): boolean {
  return Object.entries(selector).every(([key, value]) => labels[key] === value)
}

/** A selector of the API with matchLabels and matchExpressions; an empty one selects all. */
export function matchesSelector(selector: JsonMap, labels: Labels): boolean {
  const wanted = Object.entries(mapOf(selector.matchLabels))
  return (
    wanted.every(([key, value]) => labels[key] === value) && listOf(selector.matchExpressions).every((one) => holds(mapOf(one), labels))
  )
}

function holds({ key, operator, values }: JsonMap, labels: Labels): boolean {
  const label = labels[textOf(key)]
  if (operator === 'Exists') return label !== undefined
  if (operator === 'DoesNotExist') return label === undefined
  const isIn = listOf(values).some((value) => value === label)
  return operator === 'In' ? isIn : !isIn
}

function split(text: string): string[] {
  return text
    .split(/,(?![^(]*\))/)
    .map((part) => part.trim())
    .filter(Boolean)
}

function parseRequirement(part: string): Requirement {
  const set = setBased.exec(part)
  if (set) {
    const [, key = '', operator, list = ''] = set
    const values = list.split(',').map((value) => value.trim())
    return operator === 'in'
      ? (labels) => values.includes(String(labels[key] ?? '\0'))
      : (labels) => !values.includes(String(labels[key] ?? '\0'))
  }
  const equal = equality.exec(part)
  if (equal) {
    const [, key = '', operator, value] = equal
    return operator === '!=' ? (labels) => labels[key] !== value : (labels) => labels[key] === value
  }
  if (/^![^\s!=()]+$/.test(part)) return (labels) => !Object.hasOwn(labels, part.slice(1))
  if (/^[^\s!=()]+$/.test(part)) return (labels) => Object.hasOwn(labels, part)
  throw badRequest(`unable to parse requirement: found '${part}', expected: in, notin, =, ==, or !=`)
}

/** `metadata.name=web,status.phase!=Running`: names and values of plain fields. Throws 400 for what is none. */
export function parseFieldSelector(text: string): Selector {
  const requirements = split(text).map((part) => {
    const [, path = '', operator, wanted = ''] = equality.exec(part) ?? []
    if (path === '') throw badRequest(`invalid field selector: "${part}"; can't understand "${part}"`)
    return (object: JsonMap) => {
      const value = at(object, path) ?? ''
      return (String(value) === wanted) === (operator !== '!=')
    }
  })
  return (object) => requirements.every((holds) => holds(object))
}
