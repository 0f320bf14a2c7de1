import type { DiscoveryRule, VersionRewrite, VersionSource } from '../../proto/gen/meshwright/adapter/v1/adapter.js'

/** What a rule looks at: the fields that pods and the pod templates of workloads have in common. */
export interface Candidate {
  labels: Record<string, string>
  annotations: Record<string, string>
  containers: { name: string; image: string }[]
}

export interface FoundVersion {
  /** `unknown` when nothing tells it. */
  version: string
  /** Where it was read: `label app.kubernetes.io/version`, `image of discovery`, …; of an image without a tag, its digest. */
  versionSource: string
}

/** The first rule that matches wins; undefined for a pod that is no part of the mesh's own. */
export function matchRule(rules: DiscoveryRule[], candidate: Candidate): DiscoveryRule | undefined {
  return rules.find((rule) => hasLabels(rule, candidate.labels) && hasContainer(rule, candidate))
}

/** Whether the container of the rule runs an image that the mesh ships, from whatever registry; true when the rule names none. */
export function hasKnownImage({ container, images }: DiscoveryRule, { containers }: Candidate): boolean {
  return images.length === 0 || containers.some(({ name, image }) => name === container && images.includes(imageName(image)))
}

/** The component's name: the value of the rule's name label, else what the rule says. */
export function componentOf({ component, nameLabel }: DiscoveryRule, { labels }: Candidate): string {
  return (nameLabel === '' ? undefined : labels[nameLabel]) || component
}

/** The first of the rule's sources that gives a version. When none does it is unknown, and its source the digest to compare by. */
export function findVersion({ versionSources }: DiscoveryRule, candidate: Candidate, rewrites: VersionRewrite[]): FoundVersion {
  const found = versionSources.flatMap(({ source }) => (source && readSource(source, candidate, rewrites)) ?? [])
  return found.find(({ version }) => version !== unknown.version) ?? found[0] ?? unknown
}

const unknown: FoundVersion = { version: 'unknown', versionSource: '' }

/**
 * The tag of an image without a variant suffix; the digest when there is no tag. The tag is what follows the last colon
 * after the last slash: a registry may have a port.
 */
export function versionOfImage(image: string, rewrites: VersionRewrite[] = []): string | undefined {
  const [reference = '', digest] = image.split('@')
  const [, tag] = lastPart(reference).split(':')
  return tag === undefined ? digest : comparable(tag.replace(/-(distroless|debug|alpine|slim|fips)$/, ''), rewrites)
}

function imageName(image: string): string {
  const [reference = ''] = image.split('@')
  return lastPart(reference).split(':')[0] ?? ''
}

function lastPart(reference: string): string {
  return reference.slice(reference.lastIndexOf('/') + 1)
}

type Source = NonNullable<VersionSource['source']>

function readSource(source: Source, { labels, annotations, containers }: Candidate, rewrites: VersionRewrite[]): FoundVersion | undefined {
  switch (source.$case) {
    case 'annotation':
      return found(annotations[source.value], `annotation ${source.value}`, rewrites)
    case 'label':
      return found(labels[source.value], `label ${source.value}`, rewrites)
    case 'containerImage': {
      const image = containers.find(({ name }) => name === source.value)?.image
      return image === undefined ? undefined : ofImage(image, `image of ${source.value}`, rewrites)
    }
  }
}

function found(text: string | undefined, source: string, rewrites: VersionRewrite[]): FoundVersion | undefined {
  if (!text) return undefined
  const version = comparable(text, rewrites)
  return { version, versionSource: text.endsWith(version) ? source : `${source}: ${text}` }
}

function ofImage(image: string, source: string, rewrites: VersionRewrite[]): FoundVersion | undefined {
  const version = versionOfImage(image, rewrites)
  if (version === undefined) return undefined
  return version.startsWith('sha256:') ? { ...unknown, versionSource: `${source}, ${version}` } : { version, versionSource: source }
}

// Tags and labels of some meshes begin with a v (OSM, Linkerd stable), those of others do not: without it they compare.
function comparable(version: string, rewrites: VersionRewrite[]): string {
  const text = rewrites.reduce((so, { match, replace }) => so.replace(new RegExp(match), replace), version)
  return text.replace(/^v(?=\d)/, '')
}

function hasContainer({ container }: DiscoveryRule, { containers }: Candidate): boolean {
  return container === '' || containers.some(({ name }) => name === container)
}

function hasLabels(rule: DiscoveryRule, labels: Record<string, string>): boolean {
  return rule.labels.every(({ key, values }) => hasValue(labels[key], values))
}

function hasValue(value: string | undefined, values: string[]): boolean {
  return value !== undefined && (values.length === 0 || values.includes(value))
}
