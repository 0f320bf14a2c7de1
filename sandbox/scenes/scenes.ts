import { readFileSync } from 'node:fs'
import { z } from 'zod'
import { SceneName } from '../../contract/sandbox.js'
import type { JsonMap } from '../json.js'

const Objects = z.array(z.custom<JsonMap>((value) => typeof value === 'object' && value !== null))
const Release = z.strictObject({ name: z.string(), namespace: z.string(), chart: z.string(), version: z.string(), appVersion: z.string() })

/** What a simulated cluster begins with. A phase begins when the workloads of the one before it have settled. */
const Scene = z.strictObject({
  title: z.string(),
  phases: z.array(z.strictObject({ releases: z.array(Release), objects: Objects })),
})

export type Scene = z.infer<typeof Scene>
export type SceneRelease = z.infer<typeof Release>

function read(file: string): unknown {
  return JSON.parse(readFileSync(new URL(file, import.meta.url), 'utf8'))
}

export const scenes: Record<SceneName, Scene> = {
  applications: Scene.parse(read('applications.json')),
  'three-meshes': Scene.parse(read('three-meshes.json')),
  empty: Scene.parse(read('empty.json')),
}

/** What every cluster has: a node, its own namespaces, DNS. */
export const baseObjects: readonly JsonMap[] = Objects.parse(read('base.json'))

export const sceneTitles = SceneName.options.map((name) => ({ name, title: scenes[name].title }))
