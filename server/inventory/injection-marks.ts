import type { GetInfoResponse, InjectionMark } from '../../proto/gen/meshwright/adapter/v1/adapter.js'
import type { NamespaceProjection, PodProjection } from '../kubernetes/projections.js'
import { versionOfImage } from './match-discovery.js'

/** `unset` is an answer of its own: nobody said anything, so the mesh leaves it alone. */
export interface Desire {
  desired: 'in' | 'out' | 'unset'
  /** Such as `istio-injection=enabled`. */
  mark?: string
  /** Ambient members are taken in without a restart. */
  mode?: string
}

/** What a namespace or a pod asks for: the first mark that says anything decides. */
export function desireOf(marks: InjectionMark[], scope: 'namespace' | 'pod', object: NamespaceProjection | PodProjection): Desire {
  for (const mark of marks) {
    if (mark.kind !== 'desired' || mark.scope !== scope) continue
    const value = markValue(mark, object)
    const desired = value === undefined ? 'unset' : judge(mark, value)
    if (desired !== 'unset') return { desired, mark: `${mark.key}=${value}`, mode: mark.mode }
  }
  return { desired: 'unset' }
}

/** The mark that shows that a pod is in the mesh; undefined for one that is not. */
export function injectedMark(marks: InjectionMark[], pod: PodProjection): InjectionMark | undefined {
  return marks.find((mark) => {
    if (mark.kind !== 'injected' || mark.scope !== 'pod') return false
    if (mark.carrier === 'container') return pod.containers.some(({ name }) => name === mark.key)
    const value = markValue(mark, pod)
    return value !== undefined && judge(mark, value) === 'in'
  })
}

/** The version of the sidecar of a pod, by the image of its container: its digest, when it has no tag. `ambient` has none of its own. */
export function sidecarVersion({ injectionMarks: marks, versionRewrites }: MarksAndSpelling, pod: PodProjection): string {
  const names = new Set(marks.filter(({ kind, carrier }) => kind === 'injected' && carrier === 'container').map(({ key }) => key))
  const sidecar = pod.containers.find(({ name }) => names.has(name))
  if (sidecar) return versionOfImage(sidecar.image, versionRewrites) ?? 'unknown'
  return injectedMark(marks, pod)?.mode === 'ambient' ? 'ambient' : 'unknown'
}

type MarksAndSpelling = Pick<GetInfoResponse, 'injectionMarks' | 'versionRewrites'>

function markValue({ carrier, key }: InjectionMark, { labels, annotations }: NamespaceProjection | PodProjection): string | undefined {
  return carrier === 'label' ? labels[key] : annotations[key]
}

function judge({ valuesIn, valuesOut }: InjectionMark, value: string): Desire['desired'] {
  if (valuesOut.includes(value)) return 'out'
  return valuesIn.length === 0 || valuesIn.includes(value) ? 'in' : 'unset'
}
