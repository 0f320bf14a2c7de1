import type { KubeObject } from '../../kube/kube-object.js'

const secretText = '(secret)'
const regenerated = '(regenerated each time)'
const noise = ['managedFields', 'resourceVersion', 'uid', 'generation', 'creationTimestamp', 'selfLink']
// kubectl's copy of what was applied last: of a Secret, with its values.
const lastApplied = 'kubectl.kubernetes.io/last-applied-configuration'
const checksum = /(^|\/)checksum(\/|-|$)/
const certificate = /-----BEGIN [A-Z ]+-----/

/**
 * An object as a diff may show it: no status and no bookkeeping of the API server, every Secret value hidden, and what
 * charts or controllers make anew each time (CA bundles, certificates, checksums) replaced by a fixed text.
 */
export function maskObject(object: KubeObject): KubeObject {
  const { status: _status, ...rest } = object
  const metadata = Object.fromEntries(Object.entries(object.metadata).filter(([key]) => !noise.includes(key)))
  const shown = { ...rest, metadata: withoutLastApplied(metadata) } as KubeObject
  if (object.kind === 'Secret' && object.apiVersion === 'v1') {
    hideValues(shown, 'data')
    hideValues(shown, 'stringData')
  }
  return maskGenerated(shown) as KubeObject
}

function withoutLastApplied({ annotations, ...metadata }: KubeObject['metadata']): KubeObject['metadata'] {
  const own = Object.entries(annotations ?? {}).filter(([name]) => name !== lastApplied)
  return own.length > 0 ? { ...metadata, annotations: Object.fromEntries(own) } : metadata
}

function hideValues(object: KubeObject, field: 'data' | 'stringData'): void {
  const values = object[field]
  if (typeof values === 'object' && values !== null) {
    object[field] = Object.fromEntries(Object.keys(values).map((key) => [key, secretText]))
  }
}

function maskGenerated(value: unknown, key = ''): unknown {
  if (Array.isArray(value)) return value.map((item) => maskGenerated(item))
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, maskGenerated(each, name)]))
  }
  const generated = key === 'caBundle' || checksum.test(key) || (typeof value === 'string' && certificate.test(value))
  return generated ? regenerated : value
}

/** Replaces by a fixed text every value in which two renders of one chart differ. */
export function maskDifferences(one: unknown, other: unknown): unknown {
  if (Array.isArray(one) && Array.isArray(other) && one.length === other.length) {
    return one.map((item, index) => maskDifferences(item, other[index]))
  }
  if (isRecord(one) && isRecord(other)) {
    return Object.fromEntries(Object.entries(one).map(([key, value]) => [key, maskDifferences(value, other[key])]))
  }
  return one === other || JSON.stringify(one) === JSON.stringify(other) ? one : regenerated
}

/** Carries the fixed texts of `shown` over to the same places of a live object that was made from `rendered`. */
export function hideRegenerated(live: KubeObject, rendered: KubeObject, shown: KubeObject): KubeObject {
  return carry(live, rendered, shown) as KubeObject
}

function carry(live: unknown, rendered: unknown, shown: unknown): unknown {
  if (shown === regenerated && rendered !== regenerated) return regenerated
  if (Array.isArray(live) && Array.isArray(rendered) && Array.isArray(shown)) {
    return live.map((item, index) => carry(item, rendered[index], shown[index]))
  }
  if (!isRecord(live) || !isRecord(rendered) || !isRecord(shown)) return live
  return Object.fromEntries(Object.entries(live).map(([key, value]) => [key, carry(value, rendered[key], shown[key])]))
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
