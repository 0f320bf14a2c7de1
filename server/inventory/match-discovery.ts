import type { DiscoveryRule, VersionSource } from '../../proto/gen/meshwright/adapter/v1/adapter.js'

/** What a rule looks at: the fields that pods and the pod templates of workloads have in common. */
export interface Candidate {
  labels: Record<string, string>
  annotations: Record<string, string>
  containers: { name: string; image: string }[]
}

/** `unknown` with an empty source when no rule finds one. */
export interface FoundVersion {
  version: string
  /** Where it was read: `label app.kubernetes.io/version`, `image of discovery`, … */
  versionSource: string
}

/** The first rule that matches wins; undefined for a pod that is no part of the mesh's own. */
export function matchRule(rules: DiscoveryRule[], candidate: Candidate): DiscoveryRule | undefined {
  const hasContainer = (container: string) => container === '' || candidate.containers.some(({ name }) => name === container)
  return rules.find((rule) => hasLabels(rule, candidate.labels) && hasContainer(rule.container))
}

/** The same for a pod template, of which only the labels are kept. */
export function matchTemplate(rules: DiscoveryRule[], labels: Record<string, string>): DiscoveryRule | undefined {
  return rules.find((rule) => hasLabels(rule, labels))
}

/** The component's name: the value of the rule's name label, else what the rule says. */
export function componentOf({ component, nameLabel }: DiscoveryRule, { labels }: Candidate): string {
  return (nameLabel === '' ? undefined : labels[nameLabel]) || component
}

/** The first of the rule's sources that gives a version; when none does the digest of an image, so that there is something to compare. */
export function findVersion(sources: VersionSource[], candidate: Candidate): FoundVersion {
  const found = sources.flatMap(({ source }) => (source && readSource(source, candidate)) ?? [])
  return found.find(({ version }) => !isDigest(version)) ?? found[0] ?? { version: 'unknown', versionSource: '' }
}

/**
 * The tag of an image without a variant suffix; the digest when there is no tag. The tag is what follows the last colon
 * after the last slash: a registry may have a port.
 */
export function versionOfImage(image: string): string | undefined {
  const [reference = '', digest] = image.split('@')
  const name = reference.slice(reference.lastIndexOf('/') + 1)
  const colon = name.indexOf(':')
  if (colon === -1) return digest
  return bare(name.slice(colon + 1).replace(/-(distroless|debug|alpine|slim|fips)$/, ''))
}

function readSource(
  source: NonNullable<VersionSource['source']>,
  { labels, annotations, containers }: Candidate,
): FoundVersion | undefined {
  switch (source.$case) {
    case 'annotation':
      return found(annotations[source.value], `annotation ${source.value}`)
    case 'label':
      return found(labels[source.value], `label ${source.value}`)
    case 'containerImage': {
      const image = containers.find(({ name }) => name === source.value)?.image
      return found(image === undefined ? undefined : versionOfImage(image), `image of ${source.value}`)
    }
  }
}

function isDigest(version: string): boolean {
  return version.startsWith('sha256:')
}

function found(version: string | undefined, versionSource: string): FoundVersion | undefined {
  return version ? { version: bare(version), versionSource } : undefined
}

// Tags and labels of some meshes begin with a v (OSM, Linkerd stable), those of others do not: without it they compare.
function bare(version: string): string {
  return version.replace(/^v(?=\d)/, '')
}

function hasLabels(rule: DiscoveryRule, labels: Record<string, string>): boolean {
  return rule.labels.every(({ key, values }) => hasValue(labels[key], values))
}

function hasValue(value: string | undefined, values: string[]): boolean {
  return value !== undefined && (values.length === 0 || values.includes(value))
}
