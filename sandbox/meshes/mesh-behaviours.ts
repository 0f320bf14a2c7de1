import { readFileSync } from 'node:fs'
import { z } from 'zod'
import { type JsonMap, listOf, mapOf, textOf } from '../json.js'
import type { KubeObject } from '../kube-object.js'

const Texts = z.record(z.string(), z.string())
const Container = z.strictObject({ name: z.string(), image: z.string() })
const Objects = z.array(z.custom<JsonMap>((value) => typeof value === 'object' && value !== null))

/** What a mesh does in a cluster while it runs, as far as it can be seen without a packet: what it injects and what it writes. */
const MeshBehaviour = z.strictObject({
  mesh: z.string(),
  /** Labels of the pods that do it. */
  controlPlane: Texts,
  /** Who it is in managedFields. */
  manager: z.string(),
  /** Native: an init container that restarts always. */
  sidecar: Container.extend({ native: z.boolean() }),
  init: Container,
  annotations: Texts,
  labels: Texts,
  inEveryNamespace: Objects,
  inItsOwn: Objects,
  clusterWide: Objects,
})

export type MeshBehaviour = z.infer<typeof MeshBehaviour>

/** One row for each mesh; sources: its chart, and its control plane's own code, as reference tables of our adapters name them. */
export const meshBehaviours: readonly MeshBehaviour[] = z
  .array(MeshBehaviour)
  .parse(JSON.parse(readFileSync(new URL('mesh-behaviours.json', import.meta.url), 'utf8')))

/** The mesh whose control plane this pod is of. */
export function behaviourOf(pod: KubeObject): MeshBehaviour | undefined {
  const labels = pod.metadata.labels ?? {}
  return meshBehaviours.find(({ controlPlane }) => Object.entries(controlPlane).every(([key, value]) => labels[key] === value))
}

/** The mesh's version: its version label, else the tag of the control plane's image. */
export function versionOf({ metadata, spec }: KubeObject): string {
  const label = metadata.labels?.['app.kubernetes.io/version']
  const [first] = listOf(mapOf(spec).containers)
  const tag = /:([^:@/]+)$/.exec(textOf(mapOf(first).image))?.[1]
  return (label ?? tag ?? '').replace(/^v/, '')
}

/** Texts of a template with `{name}` replaced. */
export function fillIn<Value>(template: Value, values: Record<string, string>): Value {
  const text = JSON.stringify(template).replace(/\{(\w+)\}/g, (whole, name: string) => values[name] ?? whole)
  return JSON.parse(text)
}
