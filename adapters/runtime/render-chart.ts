import { type Document, isMap, parseAllDocuments } from 'yaml'
import type { KubeObject } from '../../kube/kube-object.js'
import { AdapterError } from './adapter-error.js'
import type { Arrivals } from './arrivals.js'
import type { ChartPackage } from './chart-source.js'
import { readChartTraits } from './chart-traits.js'
import type { ClusterSession } from './cluster-session.js'
import type { FieldEdit } from './field-conflicts/field-edits.js'
import type { Helm } from './helm.js'
import { writeValues } from './helm.js'
import { explainHelmFailure } from './helm-failure.js'
import { maskDifferences } from './mask-object.js'

/** A release as helm is told of it. */
export interface ReleaseSpec {
  /** Key of the step, which names its files. */
  key: string
  release: string
  namespace: string
  chart: ChartPackage
  /** The complete values: ours with the user's over them. */
  values: Record<string, unknown>
  /** Takes over objects that are there without a release, and the fields that others wrote into them. */
  adopts?: boolean
  /** What is sent otherwise than the chart has it. */
  edits?: readonly FieldEdit[]
}

/** What a chart comes to on this cluster. */
export interface RenderedChart {
  /** As helm would send them, in its order: with the release's marks, in the release's namespace. */
  objects: KubeObject[]
  /** As `objects`, with what each render makes anew replaced by a fixed text; empty when nothing is. */
  shown: KubeObject[]
  /** `pre-install Job/istio-system/migrate`: they run, and their effects cannot be previewed. */
  hooks: string[]
}

/**
 * Renders a chart with the cluster's own answers to lookups and capabilities, and with the kinds that earlier steps bring.
 * A session sees the cluster at one time: what it rendered once, it knows.
 */
export async function renderChart(
  helm: Helm,
  spec: ReleaseSpec,
  { session, signal, arrivals }: { session: ClusterSession; signal: AbortSignal; arrivals: Pick<Arrivals, 'kinds'> },
): Promise<RenderedChart> {
  const traits = await readChartTraits(spec.chart.file)
  const kinds = traits.asksForApis ? [...arrivals.kinds.keys()] : []
  const known = rendered.get(session) ?? new Map<string, Promise<RenderedChart>>()
  rendered.set(session, known)
  const key = JSON.stringify([spec.release, spec.namespace, spec.chart.file, spec.values, kinds])
  const chart = known.get(key) ?? renderAnew({ helm, session, signal }, spec, { kinds, makesRandom: traits.makesRandom })
  known.set(key, chart)
  return chart
}

const rendered = new WeakMap<ClusterSession, Map<string, Promise<RenderedChart>>>()

interface Question {
  makesRandom: boolean
  /** Kinds that earlier steps bring, when the chart asks for such. */
  kinds: readonly string[]
}

async function renderAnew(scene: Scene, spec: ReleaseSpec, { makesRandom, kinds }: Question): Promise<RenderedChart> {
  const render = () => renderOnce(scene, spec, kinds)
  const text = await render()
  const { objects, hooks } = await placeObjects(scene, spec, text)
  if (!makesRandom) return { objects, shown: [], hooks }
  const again = await placeObjects(scene, spec, await render())
  const shown = objects.map((object, index) => maskDifferences(object, again.objects[index]) as KubeObject)
  return { objects, shown, hooks }
}

interface Scene {
  helm: Helm
  session: ClusterSession
  signal: AbortSignal
}

const needsAnswersByHand = /no matches for kind|ensure CRDs are installed|is forbidden/

async function renderOnce(scene: Scene, spec: ReleaseSpec, kinds: readonly string[]): Promise<string> {
  const values = await writeValues(scene.session, spec.key, spec.values)
  const base = [
    'template',
    spec.release,
    spec.chart.file,
    '--namespace',
    spec.namespace,
    '--values',
    values,
    '--include-crds',
    '--skip-tests',
  ]
  const run = (more: string[]) => scene.helm.run({ session: scene.session, argv: [...base, ...more], signal: scene.signal })
  if (kinds.length === 0) {
    // Our own dry run judges each object, and whose it is: helm's checks would stop at the first one. Nothing is taken over by a template.
    const result = await run(['--dry-run=server', '--disable-openapi-validation', '--take-ownership'])
    if (result.code === 0) return result.stdout
    if (!needsAnswersByHand.test(result.stderr)) throw explainHelmFailure(result, `Chart ${spec.chart.chart} cannot be rendered.`)
  }
  // helm ignores --api-versions when it asks the server, and fails on kinds that are not there yet and on what it may not
  // read: the cluster's answers are given by hand. Lookups find nothing this way.
  const known = (await scene.session.resources()).map(({ apiVersion, kind }) => `${apiVersion}/${kind}`)
  const groups = [...known, ...kinds].map((name) => name.slice(0, name.lastIndexOf('/')))
  const apis = [...new Set([...groups, ...known, ...kinds])].join(',')
  const result = await run(['--kube-version', await scene.session.version(), '--api-versions', apis])
  if (result.code === 0) return result.stdout
  throw explainHelmFailure(result, `Chart ${spec.chart.chart} cannot be rendered.`)
}

async function placeObjects({ session }: Scene, spec: ReleaseSpec, text: string): Promise<{ objects: KubeObject[]; hooks: string[] }> {
  const objects: KubeObject[] = []
  const hooks: string[] = []
  let source = ''
  for (const document of parseAllDocuments(text, { merge: true })) {
    // A file that begins with --- leaves helm's comment with its name alone in a document of its own.
    source = sourceOf(document) ?? source
    if (!isMap(document.contents)) continue
    const fault = document.errors[0]
    if (fault) throw new AdapterError('helm-failed', `Chart ${spec.chart.chart} renders text that is no YAML.`, { cause: fault.message })
    const object: KubeObject = document.toJS({ maxAliasCount: 1000 })
    const events = object.metadata.annotations?.['helm.sh/hook']
    // A kind that is not served yet tells by its own text whether it lives in a namespace.
    const namespaced = (await session.resource(object))?.namespaced ?? object.metadata.namespace !== undefined
    const namespace = namespaced ? (object.metadata.namespace ?? spec.namespace) : undefined
    const placed = { ...object, metadata: { ...object.metadata, ...(namespace ? { namespace } : {}) } }
    const isRawDefinition = source.includes('/crds/')
    if (events) hooks.push(`${events} ${[object.kind, namespace, object.metadata.name].filter(Boolean).join('/')}`)
    else objects.push(isRawDefinition ? placed : withReleaseMarks(placed, spec))
  }
  return { objects, hooks }
}

/** The file that helm names in a comment before what it rendered of it. */
function sourceOf({ commentBefore, comment, contents }: Document.Parsed): string | undefined {
  return /Source: (\S+)/.exec([commentBefore, comment, contents?.commentBefore, contents?.comment].join('\n'))?.[1]
}

/** What helm adds to every object of a release before it sends it. */
function withReleaseMarks(object: KubeObject, { release, namespace }: ReleaseSpec): KubeObject {
  const { labels, annotations, ...metadata } = object.metadata
  return {
    ...object,
    metadata: {
      ...metadata,
      labels: { ...labels, 'app.kubernetes.io/managed-by': 'Helm' },
      annotations: { ...annotations, 'meta.helm.sh/release-name': release, 'meta.helm.sh/release-namespace': namespace },
    },
  }
}
