import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ClusterSession } from '../cluster-session.js'
import { type Edits, Edits as EditsFile, editManifests } from './field-edits.js'

const plugin = 'meshwright-fields'

/** The argument by which an adapter's own program is helm's post-renderer. */
export const postRenderFlag = '--post-render'

/**
 * helm's arguments for sending a chart's objects with these changes; none without changes. helm 4 takes a plug-in for it, and
 * knows those of the session's folder alone: this one is the program that we are.
 */
export async function postRendererArguments({ folder }: ClusterSession, key: string, edits: Edits): Promise<string[]> {
  if (edits.edits.length === 0) return []
  const place = join(folder, 'helm', 'plugins', plugin)
  const file = join(folder, `fields-${key}.json`)
  // helm splits a command at its spaces, and no argument.
  const command = { command: '/usr/bin/env', args: [process.execPath, process.argv[1], postRenderFlag] }
  const description = {
    ...{ apiVersion: 'v1', type: 'postrenderer/v1', name: plugin, version: '1.0.0', runtime: 'subprocess' },
    runtimeConfig: { platformCommand: [command] },
  }
  await mkdir(place, { recursive: true, mode: 0o700 })
  await writeFile(join(place, 'plugin.yaml'), JSON.stringify(description))
  await writeFile(file, JSON.stringify(edits), { mode: 0o600 })
  return ['--post-renderer', plugin, '--post-renderer-args', file]
}

/** What helm asks of the plug-in: manifests in, manifests out. */
export async function postRender(manifests: string, file: string): Promise<string> {
  return editManifests(manifests, EditsFile.parse(JSON.parse(await readFile(file, 'utf8'))))
}
