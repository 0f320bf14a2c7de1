import { createHash } from 'node:crypto'
import type { Parameters } from '../../../contract/parameters.js'
import type { KubeObject } from '../../../kube/kube-object.js'
import { canonicalJson } from '../canonical-json.js'
import type { Catalog } from '../catalog.js'
import { fromRegistry } from '../image-name.js'
import { type MarkChange, markChange, type Wish } from '../membership-marks.js'
import { sampleLabel } from './sample-names.js'

const port = 8080
const scriptPath = '/sample'
const scriptFile = 'sample-app.mjs'
const configAnnotation = 'meshwright.io/config'

/** Where the sample will be, of which mesh its pods are to be members (of none without a wish), and what runs it. */
export interface SamplePlace {
  namespace: string
  image: string
  from: Parameters['images']
  catalog: Pick<Catalog, 'injectionMarks' | 'needsPodToken'>
  wish: Wish | undefined
  /** Missing for plain Kubernetes. */
  platform?: string | undefined
}

/** The namespace as it is applied: with the marks of the mesh from its beginning, so that the first pods are members. */
export function namespaceObject({ namespace, catalog, wish }: SamplePlace, came: 'made' | 'found'): KubeObject {
  const { labels, annotations } = marksOf('namespace', catalog, wish)
  return {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: namespace, labels: { [sampleLabel]: came, ...labels }, annotations },
  }
}

/** A caller, which asks every second, and a callee in two versions behind one Service; in the order in which they are applied. */
export function sampleObjects(script: string, place: SamplePlace): KubeObject[] {
  // Where a mesh marks namespaces, other marks of one change nothing in the pods that run: the hash makes them new.
  const config = hashOf([script, marksOf('namespace', place.catalog, place.wish)])
  const workload = (app: string, version: string, env: Record<string, string> = {}) => workloadSpec({ app, version, env, config }, place)
  const objects = [
    ...['caller', 'callee'].map((name) => ({ ...v1('ServiceAccount'), name, automountServiceAccountToken: false })),
    { ...v1('ConfigMap'), name: 'sample', data: { [scriptFile]: script } },
    ...['caller', 'callee'].map((app) => ({ ...v1('Service'), name: app, spec: serviceSpec(app) })),
    ...['v1', 'v2'].map((version) => ({ ...deployment, name: `callee-${version}`, spec: workload('callee', version) })),
    { ...deployment, name: 'caller', spec: workload('caller', 'v1', { CALLEE: `http://callee:${port}/` }) },
  ]
  return objects.map(({ name, ...object }) => ({ ...object, metadata: { name, namespace: place.namespace, labels: marks } }))
}

const v1 = (kind: string) => ({ apiVersion: 'v1', kind })
const deployment = { apiVersion: 'apps/v1', kind: 'Deployment' }

function serviceSpec(app: string): object {
  return { type: 'ClusterIP', selector: { app }, ports: [{ name: 'http', port, targetPort: 'http', appProtocol: 'http' }] }
}

/** How the sample is reached, for people. */
export function endpointText(namespace: string, { simulated }: { simulated: boolean }): string {
  const where = simulated ? 'Simulated, so that nobody answers: inside a real cluster' : 'Inside the cluster'
  const forward = `kubectl port-forward -n ${namespace} service/caller ${port}`
  return `${where} the sample answers at \`http://caller.${namespace}.svc:${port}\`; from here by \`${forward}\`, at http://localhost:${port}.`
}

const marks = { 'app.kubernetes.io/managed-by': 'meshwright', [sampleLabel]: 'made' }

interface Workload {
  app: string
  version: string
  env: Record<string, string>
  config: string
}

// Of the container and not of its pod: an injected init container that has to be root would take it over.
const restricted = {
  ...{ runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
  ...{ allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } },
}

// The stock image is root's. OpenShift gives each namespace a range of users of its own, and refuses every other one.
const nobody = { runAsUser: 65532, runAsGroup: 65532 }

/** Pods that pod security admits where it is `restricted`, as far as a mesh adds nothing to them. */
function workloadSpec({ app, version, env, config }: Workload, { image, from, catalog, wish, platform }: SamplePlace): object {
  const own = marksOf('pod', catalog, wish)
  const texts = Object.entries({ NAME: app, VERSION: version, PORT: String(port), ...env })
  const container = {
    name: 'app',
    image: fromRegistry(image, from?.registry),
    command: ['node', `${scriptPath}/${scriptFile}`],
    env: texts.map(([name, value]) => ({ name, value })),
    ports: [{ name: 'http', containerPort: port }],
    readinessProbe: { httpGet: { path: '/healthz', port: 'http' }, periodSeconds: 2 },
    resources: { requests: { cpu: '10m', memory: '48Mi' }, limits: { cpu: '500m', memory: '128Mi' } },
    securityContext: platform === 'openshift' ? restricted : { ...restricted, ...nobody },
    volumeMounts: [{ name: 'script', mountPath: scriptPath, readOnly: true }],
  }
  const spec = {
    serviceAccountName: app,
    automountServiceAccountToken: catalog.needsPodToken && wish?.to === 'join',
    enableServiceLinks: false,
    terminationGracePeriodSeconds: 10,
    ...(from?.pullSecrets?.length ? { imagePullSecrets: from.pullSecrets.map((name) => ({ name })) } : {}),
    containers: [container],
    volumes: [{ name: 'script', configMap: { name: 'sample' } }],
  }
  const selector = { app, version }
  const metadata = { labels: { ...marks, ...selector, ...own.labels }, annotations: { [configAnnotation]: config, ...own.annotations } }
  return { replicas: 1, selector: { matchLabels: selector }, template: { metadata, spec } }
}

interface Marks {
  labels: Record<string, string>
  annotations: Record<string, string>
}

/** What an object that carries nothing yet has to carry for the wish. */
function marksOf(scope: 'namespace' | 'pod', catalog: SamplePlace['catalog'], wish: Wish | undefined): Marks {
  const change = wish && markChange(catalog, { scope, metadata: {} }, wish)
  return { labels: written(change?.labels), annotations: written(change?.annotations) }
}

function written(values: MarkChange['labels'] = {}): Record<string, string> {
  return Object.fromEntries(Object.entries(values).flatMap(([key, value]) => (value === null ? [] : [[key, value]])))
}

function hashOf(value: unknown): string {
  return createHash('sha256').update(canonicalJson(value)).digest('hex').slice(0, 16)
}
