import type { Installation } from '../../contract/installation.js'
import { type FoundInstaller, installerName } from '../../installers/find-installer.js'
import { isControlPlane, type Part } from './find-parts.js'
import { type FoundVersion, hasKnownImage } from './match-discovery.js'

export interface Told {
  version: FoundVersion
  found: FoundInstaller
}

/**
 * How sure a finding is, and by what it was told. High: marks and images of the mesh's control plane, and a version. Medium: an
 * image by another name, as a private registry may have it, or no version. Low: no control plane at all, only what belongs to one.
 */
export function weighEvidence(parts: readonly Part[], { version, found }: Told): Pick<Installation, 'confidence' | 'evidence'> {
  const planes = parts.filter(isControlPlane)
  const telling = planes.length > 0 ? planes : parts
  const first = telling.find(({ workload }) => workload !== undefined) ?? telling[0]
  const renamed = parts.find(({ rule, candidate }) => !hasKnownImage(rule, candidate))
  const isSure = renamed === undefined && version.version !== 'unknown'
  const confidence = planes.length === 0 ? 'low' : isSure ? 'high' : 'medium'
  return {
    confidence,
    evidence: [
      ...(first ? [recognisedBy(first)] : []),
      ...(planes.length === 0 ? ['No control plane of it is in what is read of this cluster.'] : []),
      ...(renamed ? [`The image of ${renamed.rule.container} has a name that the project does not give it.`] : []),
      versionBy(version),
      installedBy(found),
    ],
  }
}

function recognisedBy({ rule, candidate, namespace, workload, pod }: Part): string {
  const labels = rule.labels.map(({ key }) => `${key}=${candidate.labels[key]}`)
  const marks = [...labels, ...(rule.container === '' ? [] : [`a container ${rule.container}`])]
  const name = workload ? `${workload.kind} ${namespace}/${workload.name}` : `Pod ${namespace}/${pod?.name}`
  return `${name} has ${marks.join(', ')}.`
}

function versionBy({ version, versionSource }: FoundVersion): string {
  if (version !== 'unknown') return `Version ${version} is from the ${versionSource}.`
  return versionSource === '' ? 'Nothing on it tells a version.' : `No version is told: there is the ${versionSource}.`
}

function installedBy({ installer, mark }: FoundInstaller): string {
  return mark === '' ? 'No mark tells which tool installed it.' : `${mark} says that it was installed by ${installerName(installer)}.`
}
