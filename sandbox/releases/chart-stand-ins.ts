import { readFileSync } from 'node:fs'
import { z } from 'zod'
import { type JsonMap, mapOf, textOf } from '../json.js'
import { fillIn } from '../meshes/mesh-behaviours.js'

/** A file of sandbox/charts for each, drawn from the real chart of that version. */
const drawn: Record<string, readonly string[]> = {
  base: ['1.30.3', '1.29.6'],
  istiod: ['1.30.3', '1.29.6'],
  cni: ['1.30.3', '1.29.6'],
  ztunnel: ['1.30.3', '1.29.6'],
  gateway: ['1.30.3', '1.29.6'],
  kuma: ['2.14.3'],
  osm: ['1.2.4'],
}

const Objects = z.array(z.custom<JsonMap>((value) => typeof value === 'object' && value !== null))
const StandIn = z.strictObject({ chart: z.string(), version: z.string(), definitions: Objects, objects: Objects })

type StandIn = z.infer<typeof StandIn>

/** A release of a chart: the names that its templates are filled with. */
export interface ReleaseNames {
  chart: string
  version: string
  release: string
  namespace: string
}

/** What a chart comes to: definitions that belong to no release, and the objects of the release as helm would send them. */
export interface StandInObjects {
  definitions: JsonMap[]
  objects: JsonMap[]
}

const known = new Map<string, StandIn>()

/** The stand-in of a chart in sandbox/charts, drawn from the real one; undefined when there is none in that version. */
export function readStandIn({ chart, version, release, namespace }: ReleaseNames): StandInObjects | undefined {
  const standIn = find(chart, version)
  if (!standIn) return undefined
  const { definitions, objects } = fillIn({ definitions: standIn.definitions, objects: standIn.objects }, { release, namespace })
  return { definitions, objects: objects.map((object) => withReleaseMarks(object, { release, namespace })) }
}

function find(chart: string, version: string): StandIn | undefined {
  if (!Object.hasOwn(drawn, chart) || !drawn[chart]?.includes(version)) return undefined
  const file = `../charts/${chart}-${version}.json`
  const standIn = known.get(file) ?? StandIn.parse(JSON.parse(readFileSync(new URL(file, import.meta.url), 'utf8')))
  known.set(file, standIn)
  return standIn
}

/** What helm adds to each object of a release. */
function withReleaseMarks(object: JsonMap, { release, namespace }: { release: string; namespace: string }): JsonMap {
  const metadata = mapOf(object.metadata)
  const annotations = {
    ...mapOf(metadata.annotations),
    'meta.helm.sh/release-name': release,
    'meta.helm.sh/release-namespace': namespace,
  }
  const labels = { ...mapOf(metadata.labels), 'app.kubernetes.io/managed-by': 'Helm' }
  return { ...object, metadata: { ...metadata, name: textOf(metadata.name), labels, annotations } }
}
