import semver from 'semver'
import { Handling } from '../../contract/installation.js'
import { type Adapter, Lifecycle, type Mesh, type MeshAction, type MeshVersion } from '../../contract/mesh.js'
import type { Action, Version } from '../../proto/gen/meshwright/adapter/v1/adapter.js'
import type { MeshDescription } from '../adapter-link/adapter-descriptions.js'
import type { AdapterStatus } from '../adapter-link/adapter-supervisor.js'
import { dropAbsent } from '../drop-absent.js'
import { type VersionPlace, versionMarks } from './version-marks.js'

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

/** Newest first. `today` decides what has reached its end of life; dates are YYYY-MM-DD. */
export function viewVersions(versions: Version[], { today, place }: { today: string; place: VersionPlace | undefined }): MeshVersion[] {
  return [...versions]
    .sort((one, other) => semver.rcompare(one.version, other.version))
    .map((version) => {
      const { kubernetesRequired, kubernetesTested, releasedOn, channel, endOfLifeOn, upgradeFrom, gatewayApi } = version
      const marks = versionMarks(version, { versions, today, place })
      return {
        version: version.version,
        channel,
        components: version.components.map(({ digest, ...component }) => ({ ...component, ...dropAbsent({ digest }) })),
        ...{ kubernetesRequired, kubernetesTested, releasedOn },
        endOfLife: marks.some(({ code }) => code === 'end-of-life'),
        newestPatch: marks.some(({ code }) => code === 'newest-patch'),
        ...dropAbsent({ endOfLifeOn, upgradeFrom, gatewayApi }),
        marks,
      }
    })
}

const scopes = ['cluster', 'namespace', 'workload'] as const

export function viewAction(action: Action): MeshAction {
  const handling = Handling.safeParse(action.handling)
  return {
    action: action.key,
    title: action.title,
    category: action.category,
    parametersSchema: action.parametersSchema === '' ? {} : JSON.parse(action.parametersSchema),
    scope: scopes.find((scope) => scope === action.scope) ?? 'cluster',
    destructive: action.destructive,
    requires: action.requires,
    actsOnInstallers: action.actsOnInstallers,
    ...(handling.success ? { handling: handling.data } : {}),
  }
}
