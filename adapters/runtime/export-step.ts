import type { KubeObject } from '../../kube/kube-object.js'
import { AdapterError } from './adapter-error.js'
import { largestArtifactBytes, nameOfNow } from './artifacts.js'
import type { Scene, Step } from './mesh-adapter.js'
import { infoFinding } from './plan-findings.js'
import { restorableYaml } from './restorable-yaml.js'

/** Which objects go into one file. */
export interface ExportStepOptions {
  key: string
  title: string
  component: string
  /** Beginning of the file's name; the time of the export follows. */
  file: string
  kinds: readonly { apiVersion: string; kind: string }[]
  /** Which objects of these kinds; missing: all. */
  select?: (object: KubeObject) => boolean
  /** What goes before, as the file's first lines tell; missing: their definitions. */
  restoredAfter?: string
  /** Called once the file is safe. */
  onExported?: (objects: readonly KubeObject[]) => void
}

/**
 * Writes every object of some kinds into a file that `kubectl apply` restores, and waits until the server has stored it.
 * It comes before the step that destroys them. It is never done: taken up again, it exports what is still there into
 * another file.
 */
export function exportStep({ session }: Scene, options: ExportStepOptions): Step {
  const { key, title, component, file, kinds, select = () => true, onExported } = options
  const count = async () => {
    const lists = await Promise.all(kinds.map((kind) => session.list(kind, { metadataOnly: true })))
    return lists.flat().filter(select).length
  }
  return {
    key,
    title,
    component,
    kind: 'manifests',
    equivalent: `kubectl get ${kinds.map(({ apiVersion, kind }) => resourceArgument(apiVersion, kind)).join(',')} --all-namespaces -o yaml`,
    preview: async () => ({ hooks: [], objects: [], findings: exportFindings(await count(), file), facts: [] }),
    run: async ({ signal, log, handOver }) => {
      const objects: KubeObject[] = []
      const documents: string[] = []
      let bytes = 0
      for (const kind of kinds) {
        signal.throwIfAborted()
        for (const object of (await session.list(kind)).filter(select)) {
          const text = restorableYaml(object)
          bytes += Buffer.byteLength(text)
          if (bytes > largestArtifactBytes) throw tooMany()
          objects.push(object)
          documents.push(text)
        }
      }
      if (objects.length > 0) {
        const name = nameOfNow(file, 'yaml')
        await handOver({ name, mediaType: 'application/yaml', text: [header(objects.length, options), ...documents] }, signal)
        log('info', `${objects.length} objects were exported to ${name}, which the server keeps with this operation.`)
      } else log('info', 'There is no object to export.')
      onExported?.(objects)
    },
    inspect: async () => {
      const left = await count()
      return { state: left === 0 ? 'traceless' : 'untouched', detail: `${left} objects to export` }
    },
  }
}

function exportFindings(objects: number, file: string) {
  if (objects === 0) return []
  return [
    infoFinding({
      code: 'objects-exported',
      message: `${objects} ${objects === 1 ? 'object is' : 'objects are'} exported to a file before anything is deleted.`,
      remedy: `Fetch ${file}-….yaml from the operation's page, or by \`meshwright operation artifact\`; \`kubectl apply -f\` restores it.`,
    }),
  ]
}

function header(
  objects: number,
  { restoredAfter = 'install the definitions again, make sure that their namespaces are there' }: ExportStepOptions,
): string {
  return [
    `# ${objects} objects, exported by Meshwright at ${new Date().toISOString()} before they were deleted.`,
    `# To restore them: ${restoredAfter}, then: kubectl apply -f <this file>`,
    '# Left out: status, what the server sets, and owner references (owners that come back have other uids).',
    '',
  ].join('\n')
}

function resourceArgument(apiVersion: string, kind: string): string {
  const [group, version] = apiVersion.includes('/') ? apiVersion.split('/') : ['', apiVersion]
  return [kind.toLowerCase(), version, group].filter(Boolean).join('.')
}

function tooMany(): AdapterError {
  return new AdapterError('artifact-too-large', 'The objects are too many for one file, so nothing was deleted.', {
    cause: `Meshwright keeps files of up to ${largestArtifactBytes / 1024 / 1024} MiB.`,
    remedy: 'Export them yourself (`kubectl get <kind> -A -o yaml`), delete those that nobody needs, then retry.',
  })
}
