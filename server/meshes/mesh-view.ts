import semver from 'semver'
import { type Adapter, Lifecycle, type Mesh, type MeshAction, type MeshVersion } from '../../contract/mesh.js'
import type { Action, Version } from '../../proto/gen/meshwright/adapter/v1/adapter.js'
import type { MeshDescription } from '../adapter-link/adapter-descriptions.js'
import type { AdapterStatus } from '../adapter-link/adapter-supervisor.js'
import { dropAbsent } from '../drop-absent.js'

// Indexed by the numbers of the enum in adapter.proto.
const lifecycles: readonly (Mesh['lifecycle'] | undefined)[] = [undefined, ...Lifecycle.options]

export function viewAdapter({ mesh, info }: MeshDescription, status: AdapterStatus): Adapter {
  const { state, since, cause, remedy, pid, incarnation } = status
  return {
    mesh,
    title: info.title,
    state,
    since: new Date(since).toISOString(),
    version: info.adapterVersion,
    ...dropAbsent({ cause, remedy, pid, incarnation }),
  }
}

export function viewMesh(description: MeshDescription, status: AdapterStatus): Mesh {
  const { mesh, info } = description
  return {
    mesh,
    title: info.title,
    lifecycle: lifecycles[info.lifecycle] ?? 'maintenance',
    features: info.features,
    adapter: viewAdapter(description, status),
    ...dropAbsent({ endedOn: info.endedOn }),
  }
}

/** Newest first. `today` decides what has reached its end of life; both dates are of the catalogue, YYYY-MM-DD. */
export function viewVersions(versions: Version[], today: string): MeshVersion[] {
  const newest = new Map<string, string>()
  for (const { version } of versions) {
    const line = minorLine(version)
    const known = newest.get(line)
    if (known === undefined || semver.gt(version, known)) newest.set(line, version)
  }
  return [...versions]
    .sort((one, other) => semver.rcompare(one.version, other.version))
    .map((version) => {
      const { kubernetesRequired, kubernetesTested, releasedOn, channel, endOfLifeOn, upgradeFrom, gatewayApi } = version
      return {
        version: version.version,
        channel,
        components: version.components.map(({ digest, ...component }) => ({ ...component, ...dropAbsent({ digest }) })),
        ...{ kubernetesRequired, kubernetesTested, releasedOn },
        endOfLife: endOfLifeOn !== '' && endOfLifeOn < today,
        newestPatch: newest.get(minorLine(version.version)) === version.version,
        ...dropAbsent({ endOfLifeOn, upgradeFrom, gatewayApi }),
      }
    })
}

function minorLine(version: string): string {
  return `${semver.major(version)}.${semver.minor(version)}`
}

const scopes = ['cluster', 'namespace', 'workload'] as const

export function viewAction(action: Action): MeshAction {
  return {
    action: action.key,
    title: action.title,
    category: action.category,
    parametersSchema: action.parametersSchema === '' ? {} : JSON.parse(action.parametersSchema),
    scope: scopes.find((scope) => scope === action.scope) ?? 'cluster',
    destructive: action.destructive,
    requires: action.requires,
    actsOnInstallers: action.actsOnInstallers,
  }
}
