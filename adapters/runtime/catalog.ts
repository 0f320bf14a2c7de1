import { readFileSync } from 'node:fs'
import { z } from 'zod'
import { DnsLabel, MeshId } from '../../contract/primitives.js'
import { FormField } from './form-field.js'

const Day = z.iso.date()
const Digest = z.string().regex(/^[0-9a-f]{64}$/, 'must be a sha256 in hex')

const VersionSource = z.union([
  z.strictObject({ annotation: z.string() }),
  z.strictObject({ label: z.string() }),
  z.strictObject({ containerImage: z.string() }),
])

const DiscoveryRule = z.strictObject({
  component: z.string(),
  labels: z.array(z.strictObject({ key: z.string(), values: z.array(z.string()) })).min(1),
  container: z.string().default(''),
  /** Names of that container's image, without registry and tag: another one makes the finding less certain. */
  images: z.array(z.string()).default([]),
  nameLabel: z.string().default(''),
  versionSources: z.array(VersionSource),
  /** It has versions of its own: they are not those of the installation. */
  ownVersion: z.boolean().default(false),
  revisionLabel: z.string().default(''),
  role: z.enum(['control-plane', 'gateway', 'node', 'add-on']),
  /** Anybody's pods may look so: it counts only in a namespace of a control plane, and with one of `images`. */
  besideControlPlane: z.boolean().default(false),
})

/** Versions as the mesh spells them, to versions that compare: `edge-26.8.3` to `2026.8.3`. All are tried, in order. */
const VersionRewrite = z.strictObject({ match: z.string(), replace: z.string() })

const InjectionMark = z.strictObject({
  kind: z.enum(['desired', 'injected']),
  scope: z.enum(['namespace', 'pod']),
  carrier: z.enum(['label', 'annotation', 'container']),
  key: z.string(),
  valuesIn: z.array(z.string()).default([]),
  valuesOut: z.array(z.string()).default([]),
  mode: z.enum(['sidecar', 'ambient']),
  /** What an action writes there to take something in; `{revision}` is the control plane's. Taking it out removes the mark. Missing: never written. */
  write: z.string().optional(),
})

/** How objects are counted to the mesh that no request of ours made. `reason` completes "counted to this mesh because". */
const AttributionRule = z.union([
  z.strictObject({ fieldManager: z.string(), reason: z.string() }),
  z.strictObject({ label: z.strictObject({ key: z.string(), values: z.array(z.string()) }), reason: z.string() }),
  z.strictObject({ apiGroup: z.string(), reason: z.string() }),
  z.strictObject({
    object: z.strictObject({ apiVersion: z.string(), kind: z.string(), namespace: z.string().default(''), name: z.string() }),
    reason: z.string(),
  }),
])

/** A value that a chart still takes and tells to leave. */
const DeprecatedValue = z.strictObject({
  path: z.string(),
  /** Completes "Use … instead". */
  instead: z.string(),
  /** Only a text there is deprecated; a map is not. */
  asText: z.boolean().default(false),
  /** The first version of this catalogue whose chart says so; empty: all do. */
  since: z.string().default(''),
  /** The chart's own file that says so. */
  source: z.enum(['values.yaml', 'templates/NOTES.txt']),
})

/** One helm release of an installation. Versions name their charts by this component's `chart`. */
const Component = z.strictObject({
  component: z.string(),
  title: z.string(),
  chart: z.string(),
  optional: z.boolean(),
  repeatable: z.boolean(),
  /** False: known for detection only, no action installs it yet. */
  installable: z.boolean(),
  /** One for all revisions of the mesh: it comes with the first and goes with the last. */
  shared: z.boolean().default(false),
  /** Empty: the namespace of the installation. */
  namespace: z.union([z.literal(''), DnsLabel]),
  release: DnsLabel,
  /** Ours, under the user's. */
  values: z.record(z.string(), z.json()).default({}),
  /** It puts a network plugin on the nodes: always, or when the value at this dotted path is true. */
  nodeAgent: z.union([z.boolean(), z.string()]).default(false),
  /** The values that matter most, in the order of a form. */
  form: z.array(FormField).default([]),
  deprecatedValues: z.array(DeprecatedValue).default([]),
  /** Where common image settings go in the chart's values, as dotted paths. */
  imageValues: z.strictObject({
    registry: z.string().default(''),
    /** For charts that want whole images: path → image, with `{registry}`, `{version}` and `{appVersion}` in it. */
    images: z.record(z.string(), z.string()).default({}),
    pullSecrets: z.string().default(''),
    /** As plain names, or as references that a pod has them: `{name}`. */
    pullSecretsAs: z.enum(['names', 'references']).default('names'),
  }),
})

const Version = z.strictObject({
  /** Of the charts: what helm is asked for and what versions are compared by. */
  version: z.string(),
  /** What the project calls what is in them, where that differs. */
  appVersion: z.string().default(''),
  channel: z.string(),
  /** Sha256 per chart where it is known and the same for everybody; without it the repository's index is the judge. */
  digests: z.record(z.string(), Digest).default({}),
  /** Both empty where the project says nothing. */
  kubernetesRequired: z.string(),
  kubernetesTested: z.string(),
  /** Empty where it is not known: no date is invented. */
  releasedOn: z.union([z.literal(''), Day]),
  endOfLifeOn: z.union([z.literal(''), Day]).default(''),
  upgradeFrom: z.string().default(''),
  /** semver range of Gateway API bundles that it works with; empty: it does not use them, or nothing is known. */
  gatewayApi: z.string().default(''),
  /** It does not start, or lacks what most people want of it, without the Gateway API. */
  needsGatewayApi: z.boolean().default(false),
  /** Its chart brings what is not there of it: that it is absent is nothing to mend. */
  bringsGatewayApi: z.boolean().default(false),
})

const RuntimeLeftover = z.strictObject({
  apiVersion: z.string(),
  kind: z.string(),
  name: z.string(),
  /** installation: in the installation's namespace; all: in every namespace. */
  where: z.enum(['installation', 'all', 'cluster']),
  reason: z.string(),
  removeBy: z.string(),
})

const Finalizer = z.strictObject({
  finalizer: z.string(),
  /** The component of `discoveryRules` whose pods take it off. */
  controller: z.string(),
  /** What the controller does before; a sentence. */
  purpose: z.string(),
  /** What stays undone, and for ever, when somebody else takes it off; a sentence. */
  lost: z.string(),
})

/** Whose value counts when another manager owns a field that a chart sets; kind and manager are patterns of the whole name. */
const FieldConflict = z.strictObject({
  kind: z.string(),
  /** `spec.replicas`, `webhooks[].namespaceSelector`: all items of a list. */
  field: z.string(),
  manager: z.string(),
  /** Only while a HorizontalPodAutoscaler scales the object. */
  when: z.literal('autoscaled').optional(),
  /** yield: theirs stays; set: ours wins for this field; stop: the plan is refused, as for what no row knows. */
  outcome: z.enum(['yield', 'set', 'stop']),
  /** With `set`, instead of the chart's own. */
  value: z.json().optional(),
  /** A sentence. */
  reason: z.string(),
})

/** What charts need on a platform, under the user's values. A row without values says that nothing is to be set there. */
const PlatformSetting = z.strictObject({
  platform: z.string(),
  components: z.array(z.string()).min(1),
  values: z.record(z.string(), z.json()).default({}),
  /** Only where the release puts a network plugin on the nodes. */
  withNodeAgent: z.boolean().default(false),
  /** What a person has to see to, because it is not the same for all clusters of the platform, or because no value does it. */
  byHand: z.string().default(''),
  /** A sentence, with where it is known from. */
  why: z.string(),
})

const Fields = z.strictObject({
  mesh: MeshId,
  title: z.string(),
  lifecycle: z.enum(['active', 'maintenance', 'archived', 'ended', 'not-a-mesh']),
  endedOn: z.union([z.literal(''), Day]).default(''),
  features: z.array(z.string()),
  namespace: z.string().default(''),
  chartRepository: z.string().default(''),
  components: z.array(Component).default([]),
  versions: z.array(Version).default([]),
  /** For what consists of definitions alone: their API groups, and the annotations that carry version and channel. */
  definitions: z
    .strictObject({ groups: z.array(z.string()).min(1), versionAnnotation: z.string(), channelAnnotation: z.string() })
    .optional(),
  platforms: z.array(PlatformSetting).default([]),
  /** What a component sends to its project by itself. */
  phoneHome: z
    .array(
      z.strictObject({
        component: z.string(),
        /** A sentence: who sends what where, and how often. */
        sends: z.string(),
        /** Whether it does so when its values say nothing. */
        byDefault: z.boolean(),
        /** Values that stop it. */
        off: z.record(z.string(), z.json()),
        /** Where all of this is known from. */
        source: z.string(),
      }),
    )
    .default([]),
  customResources: z.array(z.string().regex(/^[a-z]+(\.[a-z0-9-]+)+$/)).default([]),
  discoveryRules: z.array(DiscoveryRule).default([]),
  versionRewrites: z.array(VersionRewrite).default([]),
  injectionMarks: z.array(InjectionMark).default([]),
  /** Its proxies sign in with the account token that their pod has mounted; without one they get no certificate. */
  needsPodToken: z.boolean().default(false),
  attributionRules: z.array(AttributionRule).default([]),
  /** Field managers that write into our objects at run time: their fields are theirs, and are not reported as foreign. */
  expectedManagers: z.array(z.string()).default([]),
  /** For fields that another manager owns, before the rows that hold for every mesh; the first that fits decides. */
  fieldConflicts: z.array(FieldConflict).default([]),
  /** Finalizers that only the running mesh takes off its own kinds: their objects are deleted before it goes. */
  finalizers: z.array(Finalizer).default([]),
  /** What the mesh makes while it runs, which no uninstall of a chart removes. */
  runtimeLeftovers: z.array(RuntimeLeftover).default([]),
  /** What no API shows: iptables rules, node files. */
  invisibleLeftovers: z.array(z.strictObject({ description: z.string(), reason: z.string(), removeBy: z.string() })).default([]),
})

/** The schema of a mesh's catalog.json: versions, components, and the rules by which the mesh is recognised. */
export const Catalog = Fields.superRefine(({ finalizers, discoveryRules }, context) => {
  // Pods of a component that no rule names are never found, which reads as: nobody answers.
  const components = new Set(discoveryRules.map(({ component }) => component))
  for (const [index, { controller }] of finalizers.entries()) {
    if (components.has(controller)) continue
    const message = `must be a component of discoveryRules, and ${controller} is none`
    context.addIssue({ code: 'custom', path: ['finalizers', index, 'controller'], message })
  }
})

export type Catalog = z.infer<typeof Catalog>
/** One component of the catalogue, with its chart and our values. */
export type CatalogComponent = z.infer<typeof Component>
/** One version of the catalogue, with its ranges and dates. */
export type CatalogVersion = z.infer<typeof Version>

/** Reads a catalogue that lies beside an adapter's code; throws one error that names every fault in it. */
export function readCatalog(file: URL): Catalog {
  return Catalog.parse(JSON.parse(readFileSync(file, 'utf8')))
}
