import type { Installation, InstalledDefinition } from '../../contract/installation.js'
import { type DefinitionOwner, ownerOfDefinition } from '../../installers/definition-owner.js'
import { answerHandling } from '../../installers/installer-table.js'
import type { DefinitionProjection } from '../kubernetes/projections.js'
import type { ClusterProjections, MeshDescription } from './cluster-projections.js'

interface Found extends InstalledDefinition {
  by: DefinitionOwner
}

/**
 * What consists of definitions alone, as the Gateway API does: one installation for a cluster, whoever brought which of
 * them. It has no namespace, no pods and no members.
 */
export function detectDefinitions(
  { cluster, definitions }: Pick<ClusterProjections, 'cluster' | 'definitions'>,
  { mesh, info }: MeshDescription,
  { observedAt, simulated }: { observedAt: number; simulated: boolean },
): Installation[] {
  const { definitionGroups: groups, definitionVersionAnnotation: version, definitionChannelAnnotation: channel } = info
  const found = definitions
    .filter(({ name }) => groups.some((group) => name.endsWith(`.${group}`)))
    .map((definition) => toDefinition(definition, { version, channel }))
    .sort((one, other) => (one.name < other.name ? -1 : 1))
  const [first] = found
  if (first === undefined) return []
  const reconciler = found.find(({ by }) => by.reconciles)?.by
  const reason =
    reconciler && `It belongs to ${reconciler.name}, which brings back what others change. Change it there: ${reconciler.where}.`
  return [
    {
      ...{ id: [cluster, mesh, '', 'default'].join('.'), simulated, cluster, mesh, namespace: '', revision: 'default' },
      version: [...new Set(found.map((definition) => definition.version))].sort().join(', '),
      versionSource: `annotation ${version}`,
      confidence: found.every((definition) => definition.version !== 'unknown') ? 'high' : 'medium',
      evidence: [
        `${found.length} definitions of ${groups.join(', ')} are there, brought by ${[...new Set(found.map(({ owner }) => owner))].join(', ')}.`,
      ],
      installer: (reconciler ?? first.by).installer,
      managed: reconciler === undefined,
      can: [{ ...answerHandling(reconciler ?? first.by, 'definitions'), ...(reason === undefined ? {} : { reason }) }],
      ...(reason === undefined ? {} : { unmanagedReason: reason }),
      ...judge(found),
      components: [],
      definitions: found.map(({ by: _by, ...definition }) => definition),
      dataPlane: { pods: 0, injected: 0, byVersion: {} },
      observedAt: new Date(observedAt).toISOString(),
    },
  ]
}

function toDefinition(definition: DefinitionProjection, keys: { version: string; channel: string }): Found {
  const { name, annotations } = definition
  const by = ownerOfDefinition(definition)
  const channel = annotations[keys.channel]
  const version = annotations[keys.version]?.replace(/^v(?=\d)/, '') || 'unknown'
  return { name, version, ...(channel ? { channel } : {}), owner: by.name, by }
}

/** Definitions of several bundles or channels do not fit each other for sure; all of one are well as soon as they are there. */
function judge(found: readonly Found[]): Pick<Installation, 'health' | 'healthReason'> {
  const bundles = [...new Set(found.map(({ version, channel }) => [version, channel].filter(Boolean).join(' ')))]
  if (bundles.length === 1) return { health: 'healthy' }
  return { health: 'degraded', healthReason: `Its definitions are of several bundles: ${bundles.sort().join(', ')}.` }
}
