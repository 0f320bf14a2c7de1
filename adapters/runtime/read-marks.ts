import type { KubeMetadata, KubeObject } from '../../kube/kube-object.js'
import type { Catalog } from './catalog.js'

type Mark = Catalog['injectionMarks'][number]
type Marks = Pick<Catalog, 'injectionMarks'>
type Marked = Pick<KubeMetadata, 'labels' | 'annotations'>

/** What an object asks for by marks of its own; the first that says anything decides. */
export function asksFor(catalog: Marks, scope: Mark['scope'], metadata: Marked): 'in' | 'out' | 'unset' {
  return decidingMark(catalog, scope, metadata)?.answer ?? 'unset'
}

/** The mark that decides what an object asks for, as `istio-injection=enabled`; undefined when none says anything. */
export function decidingMark({ injectionMarks }: Marks, scope: Mark['scope'], metadata: Marked): DecidingMark | undefined {
  for (const mark of injectionMarks) {
    if (mark.kind !== 'desired' || mark.scope !== scope) continue
    const value = carried(mark, metadata)
    const answer = answerOf(mark, value)
    if (answer !== 'unset') return { mark, answer, text: `${mark.key}=${value}` }
  }
  return undefined
}

/** A mark together with what it says on one object. */
export interface DecidingMark {
  mark: Mark
  answer: 'in' | 'out'
  text: string
}

/** The mark by which a pod shows that it is in the mesh; undefined for one that is not. */
export function capturedBy({ injectionMarks }: Marks, pod: KubeObject): Mark | undefined {
  const names = containerNames(pod)
  return injectionMarks.find((mark) => {
    if (mark.kind !== 'injected' || mark.scope !== 'pod') return false
    return mark.carrier === 'container' ? names.includes(mark.key) : answerOf(mark, carried(mark, pod.metadata)) === 'in'
  })
}

/** Where a mark stands in an object's metadata; a container is no part of it. */
export const markFields: Partial<Record<Mark['carrier'], 'labels' | 'annotations'>> = { label: 'labels', annotation: 'annotations' }

/** What a value of a mark says; a value that the mesh does not know says nothing. */
export function answerOf({ valuesIn, valuesOut }: Mark, value: string | undefined): 'in' | 'out' | 'unset' {
  if (value === undefined) return 'unset'
  if (valuesOut.includes(value)) return 'out'
  return valuesIn.length === 0 || valuesIn.includes(value) ? 'in' : 'unset'
}

function carried({ carrier, key }: Mark, metadata: Marked): string | undefined {
  const field = markFields[carrier]
  return field && metadata[field]?.[key]
}

function containerNames({ spec }: KubeObject): string[] {
  const { containers = [], initContainers = [] } = (spec ?? {}) as { containers?: Named[]; initContainers?: Named[] }
  return [...containers, ...initContainers].map(({ name }) => name)
}

interface Named {
  name: string
}
