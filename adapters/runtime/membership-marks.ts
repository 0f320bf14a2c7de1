import type { KubeMetadata } from '../../kube/kube-object.js'
import type { Catalog } from './catalog.js'
import { answerOf, markFields } from './read-marks.js'

type Mark = Catalog['injectionMarks'][number]
type Marks = Pick<Catalog, 'injectionMarks'>
type Marked = Pick<KubeMetadata, 'labels' | 'annotations'>

/** What a namespace and its pods are to become. An empty revision is the control plane's usual one. */
export type Wish = { to: 'join'; mode: Mark['mode']; revision: string } | { to: 'leave' }

/** The modes in which this mesh takes members in by a mark that can be written, the usual one first. */
export function joinModes({ injectionMarks }: Marks): Mark['mode'][] {
  return [...new Set(injectionMarks.filter(isWritten).map(({ mode }) => mode))]
}

/** The mark that names a revision; undefined for a mesh without revisions. */
export function revisionMark({ injectionMarks }: Marks): Mark | undefined {
  return injectionMarks.find((mark) => mark.write?.includes(revisionText))
}

/** Merge patch of labels and annotations; null takes one away. */
export interface MarkChange {
  labels?: Record<string, string | null>
  annotations?: Record<string, string | null>
}

/**
 * What has to change on a namespace, or on a workload's pod template, so that its marks say what is wished; undefined when
 * they do. A join leaves exactly its own marks, because one may beat another; a leave takes away what asks for the mesh.
 * The opt-out of a single pod stays what it is.
 */
export function markChange(
  catalog: Marks,
  { scope, metadata }: { scope: Mark['scope']; metadata: Marked },
  wish: Wish,
): MarkChange | undefined {
  const written = wish.to === 'join' ? marksOfJoin(catalog, wish) : []
  if (wish.to === 'join' && written.every((mark) => mark.scope !== scope)) return undefined
  const change: MarkChange = {}
  for (const mark of catalog.injectionMarks) {
    if (mark.kind !== 'desired' || mark.scope !== scope) continue
    const field = markFields[mark.carrier]
    const value = field && metadata[field]?.[mark.key]
    const own = written.find(({ key, carrier }) => key === mark.key && carrier === mark.carrier)
    const wanted = own ? valueToWrite(own, wish) : wish.to === 'leave' && answerOf(mark, value) !== 'in' ? value : undefined
    if (field && wanted !== value) change[field] = { ...change[field], [mark.key]: wanted ?? null }
  }
  return Object.keys(change).length > 0 ? change : undefined
}

const revisionText = '{revision}'

function isWritten({ kind, write }: Mark): boolean {
  return kind === 'desired' && write !== undefined
}

/** Marks of a revision are written instead of those without, never beside them. A mesh that can mark namespaces marks no pods. */
function marksOfJoin({ injectionMarks }: Marks, { mode, revision }: Extract<Wish, { to: 'join' }>): Mark[] {
  const fitting = injectionMarks.filter((mark) => isWritten(mark) && mark.mode === mode)
  const ofNamespaces = fitting.filter(({ scope }) => scope === 'namespace')
  const placed = ofNamespaces.length > 0 ? ofNamespaces : fitting
  const revisioned = placed.filter(({ write }) => write?.includes(revisionText))
  return revision !== '' && revisioned.length > 0 ? revisioned : placed.filter((mark) => !revisioned.includes(mark))
}

function valueToWrite({ write }: Mark, wish: Wish): string | undefined {
  return write?.replace(revisionText, wish.to === 'join' ? wish.revision : '')
}
