import type { KubeObject } from '../../kube/kube-object.js'
import { mergePatchObject } from '../../kube/merge-patch-object.js'
import { objectPath } from '../../kube/object-paths.js'
import { latestRelease, readRelease } from './helm-releases.js'
import { helmManager } from './install-release-step.js'
import { judgedAtOnce, keyOf } from './judge-object.js'
import { refOf } from './manifests.js'
import { mapAtOnce } from './map-at-once.js'
import type { Scene, Step } from './mesh-adapter.js'
import { releaseObjects } from './release-manifest.js'

interface ReleaseName {
  name: string
  release: string
  namespace: string
}

// Tools of persons, which write once; controllers that go on writing keep their fields.
const formerManagers = /^(kubectl(-client-side-apply|-create|-replace|-edit|-patch|-apply)?|istio-operator|istioctl|before-first-apply)$/

/**
 * Strikes the former tool from the owners of an adopted release's fields. While it is one of them, helm's next upgrade stops at
 * every field that changes: server-side apply asks all owners, also those that will never write again. No content changes.
 */
export function releaseFieldsStep(scene: Scene, { name, release, namespace }: ReleaseName): Step {
  const { session } = scene
  const find = async () => {
    const record = await latestRelease(session, { namespace, name: release })
    const payload = record && (await readRelease(session, record))
    const objects = payload ? await releaseObjects(session, payload, namespace) : []
    const live = await mapAtOnce(judgedAtOnce, objects, (object) => session.get(keyOf(object)))
    return { isThere: payload !== undefined, owned: live.flatMap((object) => (object && hasFormer(object) ? [object] : [])) }
  }
  return {
    key: `fields-${name}`,
    title: `Make helm the only owner of the fields of ${release}`,
    component: name,
    kind: 'manifests',
    equivalent: '',
    // The release's own step shows every object; here nothing of their content changes.
    preview: async () => ({ hooks: [], objects: [], findings: [], facts: [] }),
    run: async ({ log, signal }) => {
      const { owned } = await find()
      for (const object of owned) {
        signal.throwIfAborted()
        await strikeFormer(scene, object)
        log('debug', `${object.kind} ${object.metadata.name}: its fields are helm's`, { object: refOf(object) })
      }
      log('info', `${owned.length} objects of ${release} had another owner of fields`)
    },
    inspect: async () => {
      const { isThere, owned } = await find()
      if (isThere && owned.length === 0) return { state: 'done', detail: `no former tool owns a field of release ${release}` }
      return { state: 'untouched', detail: `${owned.length} objects of release ${release} have a former tool among their owners` }
    },
  }
}

function hasFormer({ metadata }: KubeObject): boolean {
  return (metadata.managedFields ?? []).some(isFormer)
}

function isFormer({ manager = '', subresource }: { manager?: string; subresource?: string }): boolean {
  return !subresource && formerManagers.test(manager)
}

/** Only on the version that was read: an owner who came meanwhile is not struck with the others. */
async function strikeFormer({ session }: Scene, object: KubeObject): Promise<void> {
  const resource = await session.resource(object)
  if (resource === undefined) return
  const { resourceVersion, managedFields = [] } = object.metadata
  await mergePatchObject(session.connection, {
    path: objectPath(resource, { namespace: object.metadata.namespace, name: object.metadata.name ?? '' }),
    patch: { metadata: { resourceVersion, managedFields: managedFields.filter((entry) => !isFormer(entry)) } },
    fieldManager: helmManager,
  })
}
