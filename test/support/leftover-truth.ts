import noise from '../../server/operations/object-noise.json' with { type: 'json' }
import type { ListedObject } from './list-everything.js'

/** `Deployment shop/web`: an object as audits and listings name it. */
export function keyOf({ kind, namespace, name }: { kind: string; namespace: string; name: string }): string {
  return `${kind} ${namespace}/${name}`
}

/** Keys of what is there now and was not before, sorted: without the noise that every cluster makes, and without what came from something older. */
export function leftSince(before: readonly ListedObject[], after: readonly ListedObject[]): string[] {
  const old = new Set(before.map(keyOf))
  const ownersThere = new Set(before.map(({ uid }) => uid))
  const left = after.filter((object) => !old.has(keyOf(object)) && !isNoise(object) && !belongsTo(object, after, ownersThere))
  return left.map(keyOf).sort()
}

function isNoise({ apiVersion, kind, name, labels }: ListedObject): boolean {
  const grouped = `${apiVersion.includes('/') ? apiVersion.split('/')[0] : ''}/${kind}`
  return (
    noise.kinds.some((each) => each.kind === grouped) ||
    noise.objects.some((each) => each.kind === grouped && each.name === name) ||
    noise.labelled.some((each) => each.kind === grouped && labels[each.label] !== undefined)
  )
}

/** Whether the object has, over its owners, come from something that was there before. */
function belongsTo(object: ListedObject, all: readonly ListedObject[], there: ReadonlySet<string>): boolean {
  return object.owners.some((uid) => {
    const owner = all.find((each) => each.uid === uid)
    return there.has(uid) || (owner !== undefined && belongsTo(owner, all, there))
  })
}
