import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { parse } from 'yaml'
import type { ClusterProjections } from '../../server/inventory/cluster-projections.js'
import { type PodProjection, projectPod, projectWorkload } from '../../server/kubernetes/projections.js'
import { findHelm, findShared } from './missing-tool.js'

/** One chart as a person installs it. */
export interface RenderedChart {
  chart: string
  version: string
  release: string
  namespace: string
  set?: readonly string[]
  /** Values that `set` cannot say. */
  values?: Record<string, unknown>
  /** What becomes of each image: the way that private registries and pinned digests change them. */
  image?: (image: string) => string
  /** By `helm template` and another tool: without the marks that helm leaves on what it installs. */
  isTemplate?: boolean
}

/** `docker.io/istio/pilot:1.30.3` by way of a registry with a port. */
export function fromOwnRegistry(image: string): string {
  return `registry.example:5000/copies/${image.slice(image.lastIndexOf('/') + 1)}`
}

/** The same image, named by nothing but its digest. */
export function byDigest(image: string): string {
  const [reference = ''] = image.split('@')
  const name = reference.slice(0, reference.lastIndexOf('/') + 1) + reference.slice(reference.lastIndexOf('/') + 1).split(':')[0]
  return `${name}@sha256:${createHash('sha256').update(image).digest('hex')}`
}

/** A cluster in which these charts were installed and run: what the server would have read of it. */
export function clusterOf(charts: readonly RenderedChart[]): ClusterProjections {
  const workloads = charts.flatMap((chart) => renderWorkloads(chart).flatMap((object) => toWorkload(object, chart)))
  const namespaces = [...new Set(charts.map(({ namespace }) => namespace))]
  return {
    cluster: 'c1',
    workloads: workloads.map(({ kind, object }) => projectWorkload(kind)(object)),
    pods: workloads.map(({ kind, object }) => podOf(kind, object)),
    namespaces: namespaces.map((name) => ({ name, labels: {}, annotations: {}, phase: 'Active' })),
    definitions: [],
    podsKnown: true,
    isComplete: true,
  }
}

/** Names of the definitions that a chart brings, in its templates or beside them. */
export function definitionsOf(chart: RenderedChart): string[] {
  const documents = helmTemplate(chart, ['--include-crds']).split(/^---$/m)
  const definitions = documents.filter((document) => /^kind: CustomResourceDefinition$/m.test(document))
  return definitions.map((document) => /^ {2}name: "?([a-z0-9.-]+)"?$/m.exec(document)?.[1] ?? '')
}

/** Every image that a chart runs, in hooks too. */
export function imagesOf(chart: RenderedChart): string[] {
  const documents = helmTemplate(chart).split(/^---$/m)
  const running = documents.filter((document) => /^kind: (Deployment|DaemonSet|StatefulSet|Job|CronJob|Pod)$/m.test(document))
  return running.flatMap((document) => [...document.matchAll(/^ +(?:- )?image: "?([^"\s]+)"?$/gm)].map(([, image = '']) => image))
}

/** Whether a text stands in what a chart renders. */
export function rendersText(chart: RenderedChart, text: string): boolean {
  return helmTemplate(chart).includes(text)
}

/** Pull secrets of the accounts and pods of a chart, the first of each. */
export function pullSecretsOf(chart: RenderedChart): string[] {
  return [...helmTemplate(chart).matchAll(/imagePullSecrets:\s+- name: "?([^"\s]+)"?$/gm)].map(([, name = '']) => name)
}

/** Deployments, DaemonSets and StatefulSets; to parse all the rest takes a hundred times as long. */
function renderWorkloads(chart: RenderedChart): RenderedObject[] {
  const documents = helmTemplate(chart, ['--no-hooks']).split(/^---$/m)
  return documents.filter((document) => workloadKind.test(document)).map((document): RenderedObject => parse(document))
}

const workloadKind = /^kind: (Deployment|DaemonSet|StatefulSet)$/m

interface RenderedObject {
  kind: string
  metadata: { name: string; namespace?: string; labels?: Record<string, string>; annotations?: Record<string, string> }
  spec?: { replicas?: number; template?: PodTemplate }
}

interface PodTemplate {
  metadata?: { labels?: Record<string, string>; annotations?: Record<string, string> }
  spec?: { containers: Container[]; initContainers?: Container[] }
}

interface Container {
  name: string
  image: string
  restartPolicy?: string
}

function helmTemplate({ chart, version, release, namespace, set = [], values: given = {} }: RenderedChart, more: string[] = []): string {
  const file = join(findShared() ?? '', 'charts', `${chart}-${version}.tgz`)
  const whole = Object.entries(given).flatMap(([key, value]) => ['--set-json', `${key}=${JSON.stringify(value)}`])
  const values = [...whole, ...set.flatMap((one) => ['--set', one])]
  const argv = ['template', release, file, '--namespace', namespace, '--kube-version', '1.33.0', ...values, ...more]
  const key = argv.join(' ')
  const known = rendered.get(key)
  if (known !== undefined) return known
  const { status, stdout, stderr } = spawnSync(findHelm() ?? '', argv, { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 })
  if (status !== 0) throw new Error(`helm template ${chart} ${version} failed: ${stderr}`)
  rendered.set(key, stdout)
  return stdout
}

// The same chart is looked at in many ways.
const rendered = new Map<string, string>()

function toWorkload(object: RenderedObject, { release, namespace, image = (same) => same, isTemplate }: RenderedChart) {
  const kind = (['Deployment', 'DaemonSet', 'StatefulSet'] as const).find((one) => one === object.kind)
  if (kind === undefined) return []
  const { template } = object.spec ?? {}
  const renamed = (containers: Container[] = []) => containers.map((container) => ({ ...container, image: image(container.image) }))
  const spec = { containers: renamed(template?.spec?.containers), initContainers: renamed(template?.spec?.initContainers) }
  const annotations = { 'meta.helm.sh/release-name': release, 'meta.helm.sh/release-namespace': namespace }
  const metadata = { namespace, ...object.metadata, annotations: { ...object.metadata.annotations, ...(isTemplate ? {} : annotations) } }
  const ready = { readyReplicas: 1, numberReady: 1, desiredNumberScheduled: 1 }
  return [{ kind, object: { metadata, spec: { replicas: 1, template: { ...template, spec } }, status: ready } }]
}

function podOf(kind: string, { metadata, spec: { template } }: ReturnType<typeof toWorkload>[number]['object']): PodProjection {
  const owner = { apiVersion: 'apps/v1', kind: kind === 'Deployment' ? 'ReplicaSet' : kind, name: metadata.name, uid: '', controller: true }
  const { containers, initContainers } = template.spec
  return projectPod({
    metadata: { ...template.metadata, namespace: metadata.namespace, name: `${metadata.name}-0`, ownerReferences: [owner] },
    spec: { containers, initContainers },
    status: {
      phase: 'Running',
      conditions: [{ type: 'Ready', status: 'True' }],
      containerStatuses: containers.map(({ name }) => ({ name, ready: true })),
    },
  })
}
