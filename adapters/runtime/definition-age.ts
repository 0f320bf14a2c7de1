import { z } from 'zod'
import type { KubeObject } from '../../kube/kube-object.js'

interface Schema {
  properties?: Record<string, Schema> | undefined
  items?: Schema | undefined
  additionalProperties?: Schema | boolean | undefined
}

const Schema: z.ZodType<Schema> = z.lazy(() =>
  z.object({
    properties: z.record(z.string(), Schema).optional(),
    items: Schema.optional(),
    additionalProperties: z.union([z.boolean(), Schema]).optional(),
  }),
)
const Versions = z.object({
  spec: z.object({
    versions: z.array(z.object({ name: z.string(), schema: z.object({ openAPIV3Schema: Schema.optional() }).nullish() })),
  }),
})

/** What each of two definitions of one kind has that the other lacks: `v1beta1`, or `v1 spec.rules[].matches`. */
export interface DefinitionDifference {
  /** Only in the cluster. */
  live: string[]
  /** Only in the chart. */
  wanted: string[]
}

/** Compares versions and fields, not texts: a description tells nothing of age. Definitions carry no version that all projects write. */
export function compareDefinitions(live: KubeObject, wanted: KubeObject): DefinitionDifference {
  const here = namesOf(live)
  const there = namesOf(wanted)
  return { live: [...here].filter((name) => !there.has(name)), wanted: [...there].filter((name) => !here.has(name)) }
}

function namesOf(definition: KubeObject): Set<string> {
  const { versions } = Versions.parse(definition).spec
  return new Set(versions.flatMap(({ name, schema }) => [name, ...pathsOf(schema?.openAPIV3Schema, `${name} `)]))
}

function pathsOf(schema: Schema | undefined, prefix: string): string[] {
  const { properties = {}, items, additionalProperties } = schema ?? {}
  return [
    ...Object.entries(properties).flatMap(([name, below]) => [`${prefix}${name}`, ...pathsOf(below, `${prefix}${name}.`)]),
    ...(items ? pathsOf(items, `${prefix.replace(/\.$/, '')}[].`) : []),
    ...(typeof additionalProperties === 'object' ? pathsOf(additionalProperties, `${prefix}*.`) : []),
  ]
}
