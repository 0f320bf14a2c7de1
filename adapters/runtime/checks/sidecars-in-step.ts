import { infoFinding, warningFinding } from '../plan-findings.js'
import type { Check } from './check.js'
import type { Sidecar } from './read-sidecars.js'
import { namesOf } from './sidecars-ready.js'

/** What a mesh allows between its control plane and its sidecars. */
export interface SkewRule {
  /** How many minor versions a sidecar may be behind. */
  minors: number
  /** `1.30.3` of a tag or version as the mesh writes it; undefined when it tells none. */
  read?: (text: string) => string | undefined
}

/** The sidecars' versions fit the control plane's: none is ahead of it, none too far behind. */
export function sidecarsInStep({ minors, read = readVersion }: SkewRule): Check {
  return {
    code: 'sidecars-in-step',
    holds: 'The versions of the sidecars fit that of the control plane.',
    question: 'the versions of the sidecars fit that of the control plane',
    find: async (scene) => {
      const plane = read(scene.version)
      const sidecars = await scene.sidecars()
      if (plane === undefined) {
        return [
          warningFinding({
            code: 'version-unknown',
            message: 'The version of the control plane is not known, so sidecars cannot be compared with it.',
          }),
        ]
      }
      const versions = new Set(sidecars.map((proxy) => versionOf(proxy, read)))
      return [...versions].flatMap((version) => {
        const own = sidecars.filter((proxy) => versionOf(proxy, read) === version)
        return judge({ version, own, plane, minors })
      })
    },
  }
}

function versionOf({ image }: Sidecar, read: (text: string) => string | undefined): string {
  return read(tagOf(image)) ?? ''
}

interface Group {
  version: string
  own: Sidecar[]
  plane: string
  minors: number
}

function judge({ version, own, plane, minors }: Group) {
  if (version === plane) return []
  const who = `${own.length} ${own.length === 1 ? 'sidecar' : 'sidecars'} (${namesOf(own)})`
  if (version === '') {
    return [infoFinding({ code: 'sidecar-version-unknown', message: `The image of ${who} does not tell its version.` })]
  }
  const behind = minorOf(plane) - minorOf(version)
  const remedy =
    'Upgrade the data plane (upgrade-data-plane): it restarts these workloads, whose new pods get the sidecar of this control plane.'
  if (behind > minors) {
    const cause = `The control plane is ${plane}; a sidecar may be ${minors === 0 ? 'no minor version' : `${minors} minor version${minors === 1 ? '' : 's'}`} behind it.`
    return [warningFinding({ code: 'sidecar-too-old', message: `${who} run ${version}.`, cause, remedy })]
  }
  if (behind < 0) {
    const cause = `The control plane is ${plane}, and a sidecar must not be ahead of it.`
    return [warningFinding({ code: 'sidecar-ahead', message: `${who} run ${version}.`, cause, remedy })]
  }
  return [infoFinding({ code: 'sidecar-behind', message: `${who} run ${version}, the control plane ${plane}.`, remedy })]
}

/** The first three numbers of a version or tag. */
export function readVersion(text: string): string | undefined {
  return /(\d+)\.(\d+)\.(\d+)/.exec(text)?.[0]
}

// One figure to subtract: no mesh has a thousand minor versions.
function minorOf(version: string): number {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  return major * 1000 + minor
}

// After the last slash, so that a registry's port is no tag; before a digest.
function tagOf(image: string): string {
  const [name = ''] = (image.split('/').at(-1) ?? '').split('@')
  return name.split(':')[1] ?? ''
}
