import type { Installer } from '../../contract/installation.js'
import { type FoundInstaller, readInstaller } from '../../installers/find-installer.js'
import type { KubeObject } from '../../kube/kube-object.js'
import type { Catalog, CatalogComponent } from './catalog.js'
import { defaultRevision, type Place } from './chart-mesh.js'
import type { ClusterSession } from './cluster-session.js'
import { latestRelease, type ReleasePayload, type ReleaseRecord, readRelease } from './helm-releases.js'
import { type ControlPlane, controlPlanes, findParts, type MeshPart } from './mesh-parts.js'
import { whenForbidden } from './when-forbidden.js'

/** A helm release that holds a component of an installation. */
export interface InstalledRelease {
  /** As an install would name it in its parameters: `istiod`, `gateway`, `gateway-eu`. */
  name: string
  component: CatalogComponent
  release: string
  namespace: string
  installer: Installer
  /** Where its installer is told to change it. */
  where: string
  record: ReleaseRecord
  payload: ReleasePayload
}

/** What is there of an installation, and beside it. */
export interface Installed {
  /** Its own control planes: none when only other releases are left of it. */
  planes: ControlPlane[]
  /** Control planes of the same mesh in other places: they use the shared components too. */
  others: ControlPlane[]
  /** In the order in which they were installed; without the shared ones when others use them too. */
  releases: InstalledRelease[]
  /** Releases of components that all control planes share: definitions, what runs on each node. */
  shared: InstalledRelease[]
}

interface Candidate {
  release: string
  namespace: string
  found?: Pick<FoundInstaller, 'installer' | 'where'>
}

/** Finds the releases of an installation by helm's marks on its workloads and definitions, and by the catalogue's names for what has neither. */
export async function findInstalled(session: ClusterSession, catalog: Catalog, place: Place): Promise<Installed> {
  const parts = await findParts(session, catalog)
  const planes = controlPlanes(parts)
  const others = planes.filter((plane) => plane.namespace !== place.namespace || plane.revision !== place.revision)
  const isOurs = (part: MeshPart) =>
    others.length === 0 ||
    part.role === 'node' ||
    (part.revision === place.revision && (part.role !== 'control-plane' || part.namespace === place.namespace))
  const candidates = [
    ...parts.filter(isOurs).flatMap((part) => markedRelease(part.workload, part)),
    ...(await markedDefinitions(session, catalog)),
    ...usualReleases(catalog, place, others.length > 0),
  ]
  const found = await readReleases(session, catalog, candidates)
  const order = (component: CatalogComponent) => catalog.components.indexOf(component)
  const all = withUniqueNames(found.sort((left, right) => order(left.component) - order(right.component)))
  const shared = all.filter(({ component }) => component.shared)
  const releases = others.length === 0 ? all : all.filter(({ component }) => !component.shared)
  return { planes: planes.filter((plane) => !others.includes(plane)), others, releases, shared }
}

/** The release that an object belongs to, by the marks that helm leaves on it. */
function markedRelease({ metadata }: KubeObject, { installer, where }: Pick<FoundInstaller, 'installer' | 'where'>): Candidate[] {
  const release = metadata.annotations?.['meta.helm.sh/release-name']
  const namespace = metadata.annotations?.['meta.helm.sh/release-namespace']
  return release && namespace ? [{ release, namespace, found: { installer, where } }] : []
}

async function markedDefinitions(session: ClusterSession, { customResources }: Catalog): Promise<Candidate[]> {
  const kind = { apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition' }
  const definitions = await whenForbidden(session.list(kind, { metadataOnly: true }), [])
  const own = new Set(customResources)
  return definitions
    .filter(({ metadata }) => own.has(metadata.name ?? ''))
    .flatMap((definition) => markedRelease(definition, readInstaller(definition.metadata)))
}

/** With other control planes there, only what bears the revision in its name can be told to be of this one. */
function usualReleases({ components }: Catalog, { namespace, revision }: Place, hasOthers: boolean): Candidate[] {
  const suffix = revision === defaultRevision ? '' : `-${revision}`
  return components
    .filter((component) => component.installable && !(hasOthers && component.optional))
    .flatMap((component) => {
      const place = component.namespace || namespace
      const names = component.shared || component.optional ? [component.release] : [`${component.release}${suffix}`]
      return names.map((release) => ({ release, namespace: place }))
    })
}

/** Those that helm knows and that hold a chart of the catalogue: definitions outlive their release, and a mark counts only so long. */
export async function readReleases(
  session: ClusterSession,
  { components }: Catalog,
  candidates: readonly Candidate[],
): Promise<InstalledRelease[]> {
  const unique = new Map(candidates.toReversed().map((candidate) => [`${candidate.namespace}/${candidate.release}`, candidate]))
  const found = await Promise.all(
    [...unique.values()].map(async ({ release, namespace, found: marked }): Promise<InstalledRelease[]> => {
      const record = await latestRelease(session, { namespace, name: release })
      const payload = record && (await readRelease(session, record))
      const component = payload && components.find(({ chart }) => chart === payload.chart)
      if (!record || !payload || !component) return []
      const installer = marked?.installer ?? (record.operation ? 'meshwright' : 'helm')
      const where = marked?.where ?? `\`helm upgrade\` of the release ${release}`
      return [{ name: instanceName(component, release), component, release, namespace, installer, where, record, payload }]
    }),
  )
  return found.flat()
}

function instanceName({ component, repeatable, release: usual }: CatalogComponent, release: string): string {
  if (!repeatable || release === usual) return component
  return `${component}-${release.startsWith(`${usual}-`) ? release.slice(usual.length + 1) : release}`
}

function withUniqueNames(releases: readonly InstalledRelease[]): InstalledRelease[] {
  const times = (wanted: string) => releases.filter(({ name }) => name === wanted).length
  return releases.map((each) => (times(each.name) > 1 ? { ...each, name: `${each.name}-${each.namespace}` } : each))
}
