import { isMap, parseAllDocuments } from 'yaml'
import type { DroppedDefinition } from './dropped-definitions.js'
import { latestRelease, rewriteManifest } from './helm-releases.js'
import type { InstalledRelease } from './installed-releases.js'
import { refOf } from './manifests.js'
import type { Scene, Step } from './mesh-adapter.js'

const policy = 'helm.sh/resource-policy'

/**
 * Has helm leave definitions when it takes their release away. An uninstall heeds the marks in the release's own record alone
 * (helm: pkg/action/resource_policy.go, filterManifestsToKeep), not those of the objects in the cluster, so the mark goes into
 * the record. An upgrade is the other way round: see keepDefinitionsStep.
 */
export function keepInReleaseStep(scene: Scene, { name, release, namespace }: InstalledRelease, kept: readonly DroppedDefinition[]): Step {
  const { session } = scene
  const names = kept.map(({ definition }) => definition.metadata.name ?? '')
  return {
    key: `keep-definitions-${name}`,
    title: `Keep ${names.length} ${names.length === 1 ? 'definition' : 'definitions'} that are not the mesh's alone`,
    component: name,
    kind: 'manifests',
    equivalent: '',
    // The release's own step shows them as kept; here no object of the cluster changes but helm's record.
    preview: async () => ({ hooks: [], objects: [], findings: [], facts: [] }),
    run: async ({ log }) => {
      const record = await latestRelease(session, { namespace, name: release })
      if (record === undefined) return
      await rewriteManifest(session, record, (manifest) => withKeepMarks(manifest, names))
      for (const { definition } of kept) log('info', `${definition.metadata.name} stays`, { object: refOf(definition) })
    },
    // Once it is done the plan of the same action has no such step: nothing is left to mark.
    inspect: async () => ({
      state: 'untouched',
      detail: `the record of release ${release} does not say that ${names.length} definitions stay`,
    }),
  }
}

/** The manifest with the mark on these definitions; every other document stays as it is, byte for byte. */
export function withKeepMarks(manifest: string, names: readonly string[]): string {
  const documents = parseAllDocuments(manifest)
  const texts = documents.map((document) => {
    const isWanted =
      isMap(document.contents) &&
      document.get('kind') === 'CustomResourceDefinition' &&
      names.includes(String(document.getIn(['metadata', 'name'])))
    if (!isWanted) return manifest.slice(document.range[0], document.range[2])
    document.setIn(['metadata', 'annotations', policy], 'keep')
    return `---\n${String(document).replace(/^---\n/, '')}`
  })
  return texts.join('')
}
