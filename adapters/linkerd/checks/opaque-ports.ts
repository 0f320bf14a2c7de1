import { z } from 'zod'
import type { KubeObject } from '../../../kube/kube-object.js'
import type { Finding } from '../../../proto/gen/meshwright/adapter/v1/adapter.js'
import type { Check } from '../../runtime/checks/check.js'
import { nameOf, refOf } from '../../runtime/manifests.js'
import { warningFinding } from '../../runtime/plan-findings.js'
import { findProxies } from '../rotation/proxies.js'

// linkerd2: pkg/healthcheck, linkerd-opaque-ports-definition.

const mark = 'config.linkerd.io/opaque-ports'
const Service = z.looseObject({
  spec: z.looseObject({
    selector: z.record(z.string(), z.string()).nullish(),
    ports: z.array(z.looseObject({ port: z.number(), targetPort: z.union([z.number(), z.string()]).optional() })).default([]),
  }),
})
const Pod = z.looseObject({
  spec: z.looseObject({
    containers: z
      .array(
        z.looseObject({
          ports: z.array(z.looseObject({ name: z.string().optional(), containerPort: z.number() })).default([]),
        }),
      )
      .default([]),
  }),
})

/** A port that callers take for opaque is taken so by the proxy before the application, and the other way round. */
export const opaquePorts: Check = {
  code: 'opaque-ports',
  holds: 'Services and their pods call the same ports opaque.',
  question: 'services and pods call the same ports opaque',
  needsRunning: true,
  find: async ({ session, namespace }) => {
    const members = await findProxies(session, namespace)
    const services = await session.list({ apiVersion: 'v1', kind: 'Service' })
    return services.flatMap((service) => judge(service, members))
  },
}

function judge(service: KubeObject, members: readonly KubeObject[]): Finding[] {
  const { selector, ports } = Service.parse(service).spec
  const wanted = Object.entries(selector ?? {})
  const pods = members.filter(
    ({ metadata: { namespace, labels = {} } }) =>
      wanted.length > 0 && namespace === service.metadata.namespace && wanted.every(([key, value]) => labels[key] === value),
  )
  return ports.flatMap(({ port, targetPort = port }) => {
    const differs = pods.find((pod) => isOpaque(service, port) !== isOpaque(pod, portOf(pod, targetPort)))
    return differs === undefined ? [] : [notTheSame(service, { port, pod: differs })]
  })
}

/** By its own annotation. Without one Linkerd's defaults hold, on both sides alike. */
function isOpaque({ metadata }: KubeObject, port: number | undefined): boolean {
  return (metadata.annotations?.[mark] ?? '').split(',').some((range) => {
    const [from = Number.NaN, to = from] = range.split('-').map(Number)
    return range.trim() !== '' && port !== undefined && port >= from && port <= to
  })
}

function portOf(pod: KubeObject, target: number | string): number | undefined {
  if (typeof target === 'number') return target
  const ports = Pod.parse(pod).spec.containers.flatMap((container) => container.ports)
  return ports.find(({ name }) => name === target)?.containerPort
}

function notTheSame(service: KubeObject, { port, pod }: { port: number; pod: KubeObject }): Finding {
  const here = isOpaque(service, port)
  const [by, other] = here ? [nameOf(service), nameOf(pod)] : [nameOf(pod), nameOf(service)]
  return warningFinding({
    code: 'opaque-ports-differ',
    message: `Port ${port} of ${nameOf(service)} is opaque to ${by} and not to ${other}.`,
    cause: `Callers read ${mark} of the service, the proxy of the application that of its pod.`,
    remedy: 'Put the annotation onto both; that of a pod stands in the template of its workload.',
    object: refOf(service),
  })
}
