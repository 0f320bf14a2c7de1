import { installersAllowed } from '../../installers/installer-table.js'
import {
  type AttributionRule,
  GetInfoResponse,
  type InjectionMark,
  Lifecycle,
  ListActionsResponse,
  ListVersionsResponse,
  type VersionSource,
} from '../../proto/gen/meshwright/adapter/v1/adapter.js'
import type { Catalog, CatalogVersion } from './catalog.js'
import type { MeshAdapter } from './mesh-adapter.js'
import { catalogueOnly, type OfferedVersion } from './offered-versions.js'

const lifecycles = {
  active: Lifecycle.LIFECYCLE_ACTIVE,
  maintenance: Lifecycle.LIFECYCLE_MAINTENANCE,
  archived: Lifecycle.LIFECYCLE_ARCHIVED,
  ended: Lifecycle.LIFECYCLE_ENDED,
  'not-a-mesh': Lifecycle.LIFECYCLE_NOT_A_MESH,
} as const satisfies Record<Catalog['lifecycle'], Lifecycle>

/** Who the adapter is. `incarnation` is empty in the description that the build writes. */
export function describeInfo({ catalog }: MeshAdapter, process: { version: string; incarnation: string }): GetInfoResponse {
  return {
    mesh: catalog.mesh,
    title: catalog.title,
    adapterVersion: process.version,
    incarnation: process.incarnation,
    lifecycle: lifecycles[catalog.lifecycle],
    endedOn: catalog.endedOn,
    features: catalog.features,
    discoveryRules: catalog.discoveryRules.map((rule) => ({ ...rule, versionSources: rule.versionSources.map(toVersionSource) })),
    versionRewrites: catalog.versionRewrites,
    injectionMarks: catalog.injectionMarks satisfies InjectionMark[],
    attributionRules: catalog.attributionRules.map(toAttributionRule),
    invisibleLeftovers: catalog.invisibleLeftovers.map((leftover) => ({ object: undefined, ...leftover })),
    definitionGroups: catalog.definitions?.groups ?? [],
    definitionVersionAnnotation: catalog.definitions?.versionAnnotation ?? '',
    definitionChannelAnnotation: catalog.definitions?.channelAnnotation ?? '',
  }
}

function toAttributionRule({ reason, ...rule }: Catalog['attributionRules'][number]): AttributionRule {
  if ('fieldManager' in rule) return { reason, rule: { $case: 'fieldManager', value: rule.fieldManager } }
  if ('label' in rule) return { reason, rule: { $case: 'label', value: rule.label } }
  if ('apiGroup' in rule) return { reason, rule: { $case: 'apiGroup', value: rule.apiGroup } }
  return { reason, rule: { $case: 'object', value: rule.object } }
}

function toVersionSource(source: Catalog['discoveryRules'][number]['versionSources'][number]): VersionSource {
  if ('annotation' in source) return { source: { $case: 'annotation', value: source.annotation } }
  if ('label' in source) return { source: { $case: 'label', value: source.label } }
  return { source: { $case: 'containerImage', value: source.containerImage } }
}

/** Versions that can be installed, as the catalogue has them, and those that a repository lists besides. */
export function describeVersions(catalog: Catalog, versions: readonly OfferedVersion[]): ListVersionsResponse {
  return { versions: versions.map((version) => ({ ...version, components: chartsOf(catalog, version) })) }
}

function chartsOf(catalog: Catalog, { version, digests }: CatalogVersion) {
  return catalog.components
    .filter((component) => component.installable)
    .map((component) => ({
      component: component.component,
      chart: component.chart,
      version,
      digest: digests[component.chart] ?? '',
      optional: component.optional,
      repeatable: component.repeatable,
      defaultNamespace: component.namespace || catalog.namespace,
      defaultRelease: component.release,
    }))
}

/** The actions with their parameters as JSON Schema text. */
export function describeActions({ actions }: MeshAdapter): ListActionsResponse {
  return {
    actions: actions.map(({ key, title, category, scope, destructive, requires, handling, parametersSchema }) => ({
      key,
      title,
      category,
      scope,
      destructive,
      requires: [...requires],
      actsOnInstallers: handling ? installersAllowed(handling) : [],
      handling: handling ?? '',
      parametersSchema: JSON.stringify(parametersSchema),
    })),
  }
}

/** The JSON that the build keeps beside the adapter, so that the server knows it without running it. */
export function describeAdapter(adapter: MeshAdapter, version: string): string {
  return JSON.stringify({
    info: GetInfoResponse.toJSON(describeInfo(adapter, { version, incarnation: '' })),
    versions: ListVersionsResponse.toJSON(describeVersions(adapter.catalog, catalogueOnly(adapter.catalog))),
    actions: ListActionsResponse.toJSON(describeActions(adapter)),
  })
}
