import { z } from 'zod'
import { proxyContainers } from '../proxy-containers.js'
import type { CheckScene } from './check.js'

const State = z.looseObject({ name: z.string(), ready: z.boolean().default(false) })
const Container = z.looseObject({ name: z.string(), image: z.string().default('') })
const states = z.array(State).default([])
const Pod = z.looseObject({
  metadata: z.looseObject({
    name: z.string(),
    namespace: z.string(),
    deletionTimestamp: z.string().optional(),
    labels: z.record(z.string(), z.string()).default({}),
  }),
  spec: z.looseObject({ containers: z.array(Container).default([]), initContainers: z.array(Container).default([]) }).prefault({}),
  status: z.looseObject({ phase: z.string().default(''), containerStatuses: states, initContainerStatuses: states }).prefault({}),
})

/** The sidecar of one pod. */
export interface Sidecar {
  namespace: string
  pod: string
  ready: boolean
  image: string
}

/**
 * Sidecars of running pods, by the catalogue's containers; a native sidecar is an init container. Gateways and the control
 * plane are looked at as workloads. Read page by page: a cluster's pods are too many to hold.
 */
export async function readSidecars({ session, catalog }: Pick<CheckScene, 'session' | 'catalog'>): Promise<Sidecar[]> {
  const names = proxyContainers(catalog)
  if (names.size === 0) return []
  const sidecars: Sidecar[] = []
  for await (const pods of session.pages({ apiVersion: 'v1', kind: 'Pod' }, { fieldSelector: 'status.phase=Running' }))
    sidecars.push(...pods.flatMap((pod) => proxyOf(Pod.parse(pod), { names, rules: catalog.discoveryRules })))
  return sidecars
}

function proxyOf(
  { metadata, spec, status }: z.infer<typeof Pod>,
  { names, rules }: { names: ReadonlySet<string>; rules: CheckScene['catalog']['discoveryRules'] },
): Sidecar[] {
  const { name: pod, namespace, labels, deletionTimestamp } = metadata
  const isMesh = rules.some((rule) =>
    rule.labels.every(({ key, values }) => labels[key] !== undefined && (values.length === 0 || values.includes(labels[key]))),
  )
  const container = [...spec.initContainers, ...spec.containers].find(({ name }) => names.has(name))
  if (container === undefined || isMesh || deletionTimestamp !== undefined) return []
  const state = [...status.initContainerStatuses, ...status.containerStatuses].find(({ name }) => name === container.name)
  return [{ namespace, pod, ready: state?.ready ?? false, image: container.image }]
}
