import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { parseAllDocuments } from 'yaml'
import { isMap, type Json, type JsonMap, listOf, mapOf, textOf } from '../../sandbox/json.js'

/** A chart that simulated clusters know, and how it is drawn for them. */
export interface StandInSource {
  chart: string
  version: string
  /** Where it is installed unless somebody says otherwise. */
  namespace: string
  /** Beyond the chart's own values. */
  set?: string[]
}

/** What scenes install, and what our adapters can: sandbox/charts holds one file for each. */
export const standInSources: readonly StandInSource[] = [
  ...['1.30.3', '1.29.6'].flatMap((version) => [
    { chart: 'base', version, namespace: 'istio-system' },
    { chart: 'istiod', version, namespace: 'istio-system' },
    { chart: 'cni', version, namespace: 'istio-system', set: ['profile=ambient'] },
    { chart: 'ztunnel', version, namespace: 'istio-system' },
    { chart: 'gateway', version, namespace: 'istio-ingress' },
  ]),
  { chart: 'kuma', version: '2.14.3', namespace: 'kuma-system' },
  { chart: 'osm', version: '1.2.4', namespace: 'osm-system', set: ['osm.deployPrometheus=true', 'osm.deployGrafana=true'] },
]

export interface DrawTools {
  helm: string
  /** Folder of the real charts. */
  charts: string
}

/**
 * The chart as helm renders it in its own namespace, reduced to what can be seen without running it: names, labels, containers, images,
 * ports, webhooks. `{release}` and `{namespace}` stand where these would; what a chart says in no other namespace stands as it is.
 */
export function drawStandIn(source: StandInSource, tools: DrawTools): JsonMap {
  const { chart, version, namespace } = source
  const place = { release: 'zz-release', namespace: 'zz-namespace' }
  const own = renderStandIn(source, tools, { ...place, namespace })
  const other = renderStandIn(source, tools, place)
  const drawn = withPlaceholders(own, other, (text) => text.replaceAll(place.namespace, namespace))
  return { chart, version, ...drawn }
}

/** What helm makes of the real chart in one place, reduced. What stands in a chart's folder crds/ belongs to no release. */
export function renderStandIn(
  { chart, version, set = [] }: StandInSource,
  tools: DrawTools,
  { release, namespace }: { release: string; namespace: string },
): { definitions: JsonMap[]; objects: JsonMap[] } {
  const file = join(tools.charts, `${chart}-${version}.tgz`)
  const values = set.flatMap((one) => ['--set', one])
  const render = (...more: string[]) => {
    const argv = ['template', release, file, '--namespace', namespace, ...values, ...more]
    const { status, stdout, stderr } = spawnSync(tools.helm, argv, { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 })
    if (status !== 0) throw new Error(`helm template ${chart} failed: ${stderr}`)
    const objects = parseAllDocuments(stdout).map((document): Json => document.toJS())
    const plain = objects.filter(isMap).filter((object) => !Object.hasOwn(mapOf(mapOf(object.metadata).annotations), 'helm.sh/hook'))
    return plain.map(reduce)
  }
  const objects = render()
  const known = new Set(objects.map((object) => JSON.stringify(object)))
  return { definitions: render('--include-crds').filter((object) => !known.has(JSON.stringify(object))), objects }
}

function reduce(object: JsonMap): JsonMap {
  const reducer = reducers[textOf(object.kind)]
  return { ...(reducer ? reducer(object) : object), metadata: stableMetadata(mapOf(object.metadata)) }
}

/** Without checksums: some are of certificates that helm makes anew each time. */
function stableMetadata({ annotations, ...metadata }: JsonMap): JsonMap {
  const kept = Object.entries(mapOf(annotations)).filter(([key]) => !key.startsWith('checksum/'))
  return kept.length > 0 ? { ...metadata, annotations: Object.fromEntries(kept) } : metadata
}

const webhooks = (object: JsonMap): JsonMap => {
  const plain = listOf(object.webhooks).map((one): JsonMap => {
    const { caBundle: _made, ...client } = mapOf(mapOf(one).clientConfig)
    return { ...mapOf(one), clientConfig: client }
  })
  return { ...object, webhooks: plain }
}

const workload = (object: JsonMap): JsonMap => {
  const spec = mapOf(object.spec)
  const template = mapOf(spec.template)
  const pod = mapOf(template.spec)
  const reduced: JsonMap = {
    ...(pod.serviceAccountName === undefined ? {} : { serviceAccountName: pod.serviceAccountName }),
    ...(Array.isArray(pod.initContainers) ? { initContainers: pod.initContainers.map(container) } : {}),
    containers: listOf(pod.containers).map(container),
  }
  return { ...object, spec: { ...spec, template: { metadata: stableMetadata(mapOf(template.metadata)), spec: reduced } } }
}

function container(given: Json): JsonMap {
  const { name, image, ports } = mapOf(given)
  return { name: name ?? '', image: image ?? '', ...(ports === undefined ? {} : { ports }) }
}

const reducers: Record<string, (object: JsonMap) => JsonMap> = {
  Deployment: workload,
  DaemonSet: workload,
  StatefulSet: workload,
  Job: workload,
  MutatingWebhookConfiguration: webhooks,
  ValidatingWebhookConfiguration: webhooks,
  ClusterRole: (object) => ({ ...object, rules: [] }),
  Role: (object) => ({ ...object, rules: [] }),
  ConfigMap: (object) => ({ ...object, data: Object.fromEntries(Object.keys(mapOf(object.data)).map((key) => [key, ''])) }),
  Secret: ({ data: _data, stringData: _text, ...object }) => object,
  CustomResourceDefinition: (object) => {
    const { group, names, scope, versions } = mapOf(object.spec)
    const plain = listOf(versions).map((one): JsonMap => {
      const { name, served, storage, subresources } = mapOf(one)
      const schema = { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } }
      return { name: name ?? '', served: served ?? true, storage: storage ?? true, schema, ...(subresources ? { subresources } : {}) }
    })
    return { ...object, spec: { group: group ?? '', names: names ?? {}, scope: scope ?? '', versions: plain } }
  },
}

/** `own`, with placeholders where `other` differs by nothing but the place. */
function withPlaceholders<Value extends Json>(own: Value, other: Json | undefined, toOwn: (text: string) => string): Value
function withPlaceholders(own: Json, other: Json | undefined, toOwn: (text: string) => string): Json {
  if (typeof own === 'string') {
    const isSame = typeof other === 'string' && toOwn(other) === own
    return (isSame ? other.replaceAll('zz-namespace', '{namespace}') : own).replaceAll('zz-release', '{release}')
  }
  if (Array.isArray(own)) return own.map((item, index) => withPlaceholders(item, listOf(other)[index], toOwn))
  if (!isMap(own)) return own
  const others = new Map(Object.entries(mapOf(other)).map(([key, value]) => [toOwn(key), { key, value }]))
  const entries = Object.entries(own).map(([key, value]) => {
    const found = others.get(key)
    return [withPlaceholders(key, found?.key, toOwn), withPlaceholders(value, found?.value, toOwn)] as const
  })
  return Object.fromEntries(entries)
}
