import semver from 'semver'
import { type DefinitionOwner, ownerOfDefinition } from '../../installers/definition-owner.js'
import type { KubeObject } from '../../kube/kube-object.js'
import type { ClusterSession } from './cluster-session.js'
import { definitionKind, marksOf } from './custom-definition.js'

/** One definition of the Gateway API that is in the cluster. */
export interface GatewayDefinition {
  /** Metadata only. */
  object: KubeObject
  name: string
  /** Of its bundle, without the leading v; empty when it does not say. */
  version: string
  /** standard or experimental; empty when it does not say. */
  channel: string
  owner: DefinitionOwner
}

const groups = ['.gateway.networking.k8s.io', '.gateway.networking.x-k8s.io']

/** Annotations by which each definition of a bundle says what it is of. */
export const bundleAnnotations = {
  version: 'gateway.networking.k8s.io/bundle-version',
  channel: 'gateway.networking.k8s.io/channel',
} as const

/** Every definition of the Gateway API, whoever brought it, sorted by name. */
export async function findGatewayDefinitions(session: ClusterSession): Promise<GatewayDefinition[]> {
  const definitions = await session.list(definitionKind, { metadataOnly: true })
  return definitions
    .filter(({ metadata: { name = '' } }) => groups.some((group) => name.endsWith(group)))
    .map((object) => {
      const { name = '', annotations = {} } = object.metadata
      const version = semver.valid(annotations[bundleAnnotations.version] ?? '') ?? ''
      return { object, name, version, channel: annotations[bundleAnnotations.channel] ?? '', owner: ownerOfDefinition(marksOf(object)) }
    })
    .sort((left, right) => left.name.localeCompare(right.name))
}

/** `1.5.1` or, of a mixture, `1.2.1, 1.5.1`; `of an unknown version` when none says. For texts. */
export function describeBundle(definitions: readonly Pick<GatewayDefinition, 'version' | 'channel'>[]): string {
  const versions = [...new Set(definitions.map(({ version, channel }) => nameBundle(version, channel)))]
  return versions.sort().join(', ')
}

function nameBundle(version: string, channel: string): string {
  return `${version || 'of an unknown version'}${channel && channel !== 'standard' ? ` (${channel})` : ''}`
}
