import type { KubeObject } from '../../kube/kube-object.js'
import type { Catalog } from './catalog.js'
import { marksFact } from './cluster-facts.js'
import { judgedAtOnce, judgePatch, keyOf } from './judge-object.js'
import { nameOf, refOf } from './manifests.js'
import { mapAtOnce } from './map-at-once.js'
import { type MarkChange, markChange, type Wish } from './membership-marks.js'
import type { Scene, Step } from './mesh-adapter.js'
import { marksManager, marksPatch, patchMarks } from './patch-marks.js'
import { refusedFindings } from './plan-findings.js'

/** `namespaces` are as they were read for this plan or start: their versions are the precondition of the change. */
export interface MarkNamespacesOptions {
  catalog: Catalog
  namespaces: readonly KubeObject[]
  wish: Wish
}

/** Writes, or takes away, the marks by which namespaces ask for the mesh. One that says it already is left alone. */
export function markNamespacesStep({ session, signal }: Scene, { catalog, namespaces, wish }: MarkNamespacesOptions): Step {
  const key = 'mark-namespaces'
  const changes = namespaces.flatMap((namespace) => {
    const change = markChange(catalog, { scope: 'namespace', metadata: namespace.metadata }, wish)
    return change ? [{ object: namespace, change }] : []
  })
  return {
    key,
    title: `${wish.to === 'join' ? 'Let' : 'Stop'} ${names(namespaces)} ${wish.to === 'join' ? 'ask' : 'asking'} for ${catalog.title}`,
    component: 'members',
    kind: 'manifests',
    equivalent: changes.flatMap(({ object, change }) => commandsOf(object, change)).join(' && '),
    preview: async (arrivals) => {
      const judgement = { step: key, fieldManager: marksManager, force: false, arrivals, expectedManagers: [], signal }
      const planned = await mapAtOnce(judgedAtOnce, changes, ({ object, change }) =>
        judgePatch(session, { object, patch: marksPatch(object, change) }, judgement),
      )
      const facts = await Promise.all(namespaces.map((namespace) => marksFact(session, keyOf(namespace))))
      return { hooks: [], objects: planned, findings: refusedFindings(planned), facts }
    },
    run: async (context) => {
      for (const { object, change } of changes) {
        context.signal.throwIfAborted()
        await patchMarks(session, object, change)
        context.log('info', `${nameOf(object)}: ${markTexts(change).join(', ')}`, { object: refOf(object) })
      }
      if (changes.length === 0) context.log('info', 'The namespaces say so already.')
    },
    inspect: async () => {
      const live = await Promise.all(namespaces.map((namespace) => session.get(keyOf(namespace))))
      const open = live.filter(
        (namespace) => namespace && markChange(catalog, { scope: 'namespace', metadata: namespace.metadata }, wish),
      ).length
      const detail = `${namespaces.length - open} of ${namespaces.length} namespaces are marked as wished`
      return { state: open === 0 ? 'done' : open === namespaces.length ? 'untouched' : 'partial', detail }
    },
  }
}

const named = 3

function names(namespaces: readonly KubeObject[]): string {
  const all = namespaces.map(({ metadata }) => metadata.name ?? '')
  return all.length <= named ? all.join(', ') : `${all.length} namespaces`
}

function commandsOf({ metadata }: KubeObject, { labels, annotations }: MarkChange): string[] {
  const command = (verb: string, values: Record<string, string | null>) => {
    const texts = Object.entries(values).map(([key, value]) => (value === null ? `${key}-` : `${key}=${value}`))
    return `kubectl ${verb} namespace ${metadata.name} --overwrite ${texts.join(' ')}`
  }
  return [...(labels ? [command('label', labels)] : []), ...(annotations ? [command('annotate', annotations)] : [])]
}

function markTexts({ labels = {}, annotations = {} }: MarkChange): string[] {
  return Object.entries({ ...labels, ...annotations }).map(([key, value]) => (value === null ? `${key} goes` : `${key}=${value}`))
}
