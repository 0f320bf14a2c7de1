import { z } from 'zod'
import type { KubeObject } from '../../kube/kube-object.js'
import type { Finding } from '../../proto/gen/meshwright/adapter/v1/adapter.js'
import type { ClusterSession } from './cluster-session.js'
import { keyOf } from './judge-object.js'
import { refOf } from './manifests.js'
import { errorFinding } from './plan-findings.js'
import { whenForbidden } from './when-forbidden.js'

const Served = z.object({ spec: z.object({ versions: z.array(z.object({ name: z.string() })) }) })
const Stored = z.object({ status: z.object({ storedVersions: z.array(z.string()).default([]) }) })

/**
 * Definitions that no longer name a version in which objects may still be stored. The API server refuses such a definition
 * (apiextensions validation of status.storedVersions), in the middle of an upgrade if nobody looked before.
 */
export async function checkStoredVersions(session: ClusterSession, objects: readonly KubeObject[]): Promise<Finding[]> {
  const definitions = objects.filter(({ kind }) => kind === 'CustomResourceDefinition')
  const found = await Promise.all(
    definitions.map(async (definition) => {
      const live = Stored.safeParse(await whenForbidden(session.get(keyOf(definition)), undefined))
      const next = Served.safeParse(definition)
      if (!live.success || !next.success) return []
      const names = next.data.spec.versions.map(({ name }) => name)
      const lost = live.data.status.storedVersions.filter((version) => !names.includes(version))
      return lost.length > 0 ? [lostFinding(definition, lost)] : []
    }),
  )
  return found.flat()
}

function lostFinding(definition: KubeObject, lost: readonly string[]): Finding {
  const name = definition.metadata.name ?? ''
  return errorFinding({
    code: 'stored-version-lost',
    message: `Objects of ${name} may be stored in ${lost.join(', ')}, which the new definition does not know.`,
    cause: `status.storedVersions of the definition in the cluster names ${lost.join(', ')}.`,
    remedy: `Write every object of the kind once more (kubectl get ${name} --all-namespaces -o yaml | kubectl replace -f -), take ${lost.join(', ')} out of status.storedVersions, then plan again.`,
    object: refOf(definition),
  })
}
