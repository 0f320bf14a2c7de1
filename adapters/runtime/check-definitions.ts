import type { KubeObject } from '../../kube/kube-object.js'
import type { Finding } from '../../proto/gen/meshwright/adapter/v1/adapter.js'
import type { ClusterSession } from './cluster-session.js'
import { readDefinition } from './custom-definition.js'
import { keyOf } from './judge-object.js'
import { nameOf, refOf } from './manifests.js'
import { mapAtOnce } from './map-at-once.js'
import { errorFinding } from './plan-findings.js'
import { isDefinition } from './release-manifest.js'
import { whenForbidden } from './when-forbidden.js'

const readAtOnce = 6

/**
 * For each definition among the objects that is to be replaced: objects may still lie in the store in a version that the new definition no
 * longer names. Kubernetes refuses that, for nobody could read them any more; the finding says how to store them anew.
 */
export async function checkStoredVersions(session: ClusterSession, wanted: readonly KubeObject[]): Promise<Finding[]> {
  const found = await mapAtOnce(readAtOnce, wanted.filter(isDefinition), async (definition) => {
    const live = await whenForbidden(session.get(keyOf(definition)), undefined)
    return live === undefined ? [] : lostVersions(live, definition)
  })
  return found.flat()
}

function lostVersions(live: KubeObject, wanted: KubeObject): Finding[] {
  const { versions } = readDefinition(wanted)
  const { storedVersions, read } = readDefinition(live)
  const lost = storedVersions.filter((version) => !versions.includes(version))
  if (lost.length === 0) return []
  return [
    errorFinding({
      code: 'stored-version-lost',
      message: `${nameOf(live)} may hold objects in version ${lost.join(', ')}, which the new definition no longer has.`,
      cause: `Its status.storedVersions names ${storedVersions.join(', ')}; the new definition has ${versions.join(', ')}.`,
      remedy: wayOut(live.metadata.name ?? '', { stores: read.apiVersion.split('/')[1] ?? '', versions }),
      object: refOf(live),
    }),
  ]
}

function wayOut(name: string, { stores, versions }: { stores: string; versions: string[] }): string {
  if (!versions.includes(stores))
    return `Go by a version in between, whose definition has ${stores} and one of ${versions.join(', ')}, first.`
  const patch = JSON.stringify({ status: { storedVersions: [stores] } })
  return [
    `Store its objects anew, as ${stores}: kubectl get ${name} --all-namespaces -o yaml | kubectl replace -f - ;`,
    `then say so: kubectl patch customresourcedefinition ${name} --subresource=status --type=merge -p '${patch}' ; then plan again.`,
  ].join(' ')
}
