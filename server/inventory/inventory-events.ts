import type { Installation, NamespaceMembership } from '../../contract/installation.js'
import type { NewEvent } from '../events/event-store.js'

interface Picture {
  installations: Installation[]
  memberships: NamespaceMembership[]
}

/** What changed between two pictures of a cluster, as events: one for each installation, one for all namespaces together. */
export function describeChanges(cluster: string, { before, after }: { before: Picture; after: Picture }): NewEvent[] {
  const known = new Map(before.installations.map((installation) => [installation.id, installation]))
  const present = new Set(after.installations.map(({ id }) => id))
  const changed = after.installations.filter((installation) => fingerprint(known.get(installation.id)) !== fingerprint(installation))
  const gone = before.installations.filter(({ id }) => !present.has(id))
  const common = { kind: 'installation.changed', cluster } as const
  return [
    ...changed.map(({ id, mesh, namespace, revision, health, healthReason, version }): NewEvent => {
      const message = `${mesh} ${version}${placeOf(namespace, revision)} is ${health}.${healthReason ? ` ${healthReason}` : ''}`
      const level = health === 'healthy' ? 'info' : 'warning'
      return { ...common, level, subject: id, message, data: { mesh, namespace, revision, health, version } }
    }),
    ...gone.map(({ id, mesh, namespace, revision }): NewEvent => {
      const message = `${mesh}${placeOf(namespace, revision)} is gone.`
      return { ...common, level: 'info', subject: id, message, data: { mesh, namespace, revision, gone: true } }
    }),
    ...membershipChanges(cluster, before.memberships, after.memberships),
  ]
}

// What has no namespace, as the Gateway API, is in the whole cluster.
function placeOf(namespace: string, revision: string): string {
  return namespace === '' ? '' : ` in ${namespace} (${revision})`
}

function membershipChanges(cluster: string, before: NamespaceMembership[], after: NamespaceMembership[]): NewEvent[] {
  const known = new Set(before.map(fingerprint))
  const present = new Set(after.map(fingerprint))
  const rows = [...after.filter((row) => !known.has(fingerprint(row))), ...before.filter((row) => !present.has(fingerprint(row)))]
  const namespaces = [...new Set(rows.map(({ namespace }) => namespace))].sort()
  if (namespaces.length === 0) return []
  const shown = namespaces.slice(0, 20)
  const more = namespaces.length > shown.length ? ` and ${namespaces.length - shown.length} more` : ''
  const message = `Mesh membership changed in ${shown.join(', ')}${more}.`
  return [{ kind: 'membership.changed', level: 'info', cluster, subject: cluster, message, data: { namespaces: shown } }]
}

/** All but the moment of looking. */
function fingerprint(row: Installation | NamespaceMembership | undefined): string {
  return JSON.stringify(row, (key, value: unknown) => (key === 'observedAt' ? undefined : value))
}
