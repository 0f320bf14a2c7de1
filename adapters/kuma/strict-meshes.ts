import { z } from 'zod'
import type { KubeObject } from '../../kube/kube-object.js'
import type { ClusterSession } from '../runtime/cluster-session.js'
import type { StrictPolicy } from '../runtime/relax-policies-step.js'
import { whenForbidden } from '../runtime/when-forbidden.js'

const Backend = z.looseObject({ name: z.string(), mode: z.string().optional() })
const Spec = z.looseObject({
  mtls: z.looseObject({ enabledBackend: z.string().optional(), backends: z.array(Backend).default([]) }).optional(),
})

/** The Meshes whose enabled backend demands mTLS, which is what a backend does that says nothing (kuma: api/mesh/v1alpha1/mesh.proto). */
export async function strictMeshes(session: ClusterSession): Promise<StrictPolicy[]> {
  const found = await whenForbidden(session.list({ apiVersion: 'kuma.io/v1alpha1', kind: 'Mesh' }), [])
  return found.flatMap((object) => relaxed(object) ?? [])
}

/** The Mesh with the patch that has its members take plain calls too; undefined when they do. */
export function relaxed(object: KubeObject): StrictPolicy | undefined {
  const { mtls } = Spec.catch({}).parse(object.spec ?? {})
  const isStrict = mtls?.backends.some(({ name, mode }) => name === mtls.enabledBackend && mode !== 'PERMISSIVE')
  if (mtls === undefined || !isStrict) return undefined
  // A merge patch replaces a list as a whole.
  const backends = mtls.backends.map((backend) => (backend.name === mtls.enabledBackend ? { ...backend, mode: 'PERMISSIVE' } : backend))
  return { object, patch: { spec: { mtls: { backends } } } }
}
