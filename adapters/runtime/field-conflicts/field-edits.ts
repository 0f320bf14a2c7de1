import { Document, isMap, parseDocument } from 'yaml'
import { z } from 'zod'
import type { KubeObject } from '../../../kube/kube-object.js'
import { FieldPath, pathIn } from './field-path.js'
import type { OwnedField } from './owned-fields.js'

const FieldEdit = z.object({
  kind: z.string(),
  name: z.string(),
  /** Missing for kinds without namespaces. */
  namespace: z.string().optional(),
  path: FieldPath,
  /** Missing: the field is left out, so that it stays whose it is. */
  value: z.json().optional(),
})

/** A field of a chart's object that is sent otherwise than the chart has it. */
export type FieldEdit = z.infer<typeof FieldEdit>

/** What a post-renderer is told: where objects without a namespace go, and what to change. */
export const Edits = z.object({ namespace: z.string(), edits: z.array(FieldEdit) })
export type Edits = z.infer<typeof Edits>

/** The change that a row asks of a manifest; none where the chart's own value is to win. */
export function editFor({ kind, metadata }: KubeObject, { row, path }: OwnedField): FieldEdit[] {
  if (row.outcome === 'stop' || (row.outcome === 'set' && row.value === undefined)) return []
  const { name = '', namespace } = metadata
  const value = row.outcome === 'set' ? row.value : undefined
  return [{ kind, name, path, ...(namespace === undefined ? {} : { namespace }), ...(value === undefined ? {} : { value }) }]
}

/** The object with the changes that are of it; fields that it lacks stay away. */
export function editObject(object: KubeObject, edits: Edits): KubeObject {
  const isMeant = edits.edits.some((edit) => isOf(edit, object, edits.namespace))
  return isMeant ? (editDocument(new Document(object), object, edits)?.toJS() ?? object) : object
}

/** Manifests as text, in which every document that is not meant stays letter by letter. */
export function editManifests(text: string, edits: Edits): string {
  const names = edits.edits.map(({ name }) => name)
  const documents = text.split(/^---$/m).map((each) => {
    const document = names.some((name) => each.includes(name)) ? parseDocument(each) : undefined
    const edited = document && isMap(document.contents) && editDocument(document, document.toJS({ maxAliasCount: 1000 }), edits)
    return edited ? `\n${edited.toString({ lineWidth: 0 }).trimEnd()}\n` : each
  })
  return documents.join('---')
}

/** Undefined where nothing of the object is changed. */
function editDocument(document: Document, object: KubeObject, { namespace, edits }: Edits): Document | undefined {
  const own = edits
    .filter((edit) => isOf(edit, object, namespace))
    .flatMap(({ path, value }) => {
      const place = pathIn(object, path)
      return place ? [{ place, value }] : []
    })
  for (const { place, value } of own) {
    if (value === undefined) document.deleteIn(place)
    else document.setIn(place, value)
  }
  return own.length > 0 ? document : undefined
}

function isOf(edit: FieldEdit, { kind, metadata }: KubeObject, namespace: string): boolean {
  const isThere = edit.namespace === undefined || edit.namespace === (metadata.namespace ?? namespace)
  return isThere && edit.kind === kind && edit.name === metadata.name
}
