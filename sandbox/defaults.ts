import { isMap, type Json, type JsonMap, listOf, mapOf, textOf } from './json.js'
import type { ResourceType } from './resource-types.js'

/** What a default needs from outside: the next free cluster address. */
export interface DefaultContext {
  allocateClusterIp(): string
}

/** The object with what the API server adds where it says nothing: values of Kubernetes 1.36's own defaulting. */
export function applyDefaults(resource: ResourceType, object: JsonMap, context: DefaultContext): JsonMap {
  if (resource.custom || !isMap(object)) return object
  return byKind[resource.kind]?.(object, context) ?? object
}

/** A default for a field that is missing; null and absent count as missing. */
function fill(map: JsonMap, defaults: JsonMap): JsonMap {
  const missing = Object.entries(defaults).filter(([key]) => map[key] === undefined || map[key] === null)
  return { ...map, ...Object.fromEntries(missing) }
}

function each(value: Json | undefined, change: (item: JsonMap) => JsonMap): Json[] {
  return listOf(value).map((item) => change(mapOf(item)))
}

/** Changes one field when it is there. */
function within(map: JsonMap, key: string, change: (value: Json) => Json): JsonMap {
  const value = map[key]
  return value === undefined || value === null ? map : { ...map, [key]: change(value) }
}

const probe = { timeoutSeconds: 1, periodSeconds: 10, successThreshold: 1, failureThreshold: 3 }

function container(item: JsonMap): JsonMap {
  const image = textOf(item.image)
  const isMoving = image.endsWith(':latest') || !/:[^/]+$/.test(image)
  const filled = fill(item, {
    resources: {},
    terminationMessagePath: '/dev/termination-log',
    terminationMessagePolicy: 'File',
    imagePullPolicy: isMoving ? 'Always' : 'IfNotPresent',
  })
  const ported = within(filled, 'ports', (ports) => each(ports, (port) => fill(port, { protocol: 'TCP' })))
  return ['livenessProbe', 'readinessProbe', 'startupProbe'].reduce(
    (one, name) => within(one, name, (value) => fill(mapOf(value), probe)),
    ported,
  )
}

const volumeModes: JsonMap = { secret: { defaultMode: 420 }, configMap: { defaultMode: 420 }, projected: { defaultMode: 420 } }

function volume(item: JsonMap): JsonMap {
  return Object.entries(volumeModes).reduce((one, [kind, mode]) => within(one, kind, (value) => fill(mapOf(value), mapOf(mode))), item)
}

/** A pod's spec, in a Pod or in a template. */
function defaultPodSpec(spec: JsonMap): JsonMap {
  const filled = fill(spec, {
    restartPolicy: 'Always',
    dnsPolicy: 'ClusterFirst',
    terminationGracePeriodSeconds: 30,
    schedulerName: 'default-scheduler',
    securityContext: {},
  })
  const account = filled.serviceAccountName ?? filled.serviceAccount
  const named: JsonMap = account === undefined ? filled : { ...filled, serviceAccountName: account, serviceAccount: account }
  const containers = ['containers', 'initContainers'].reduce((one, name) => within(one, name, (value) => each(value, container)), named)
  return within(containers, 'volumes', (value) => each(value, volume))
}

function template(spec: JsonMap): JsonMap {
  return within(spec, 'template', (value) => within(mapOf(value), 'spec', (inner) => defaultPodSpec(mapOf(inner))))
}

const rollingUpdate = { maxSurge: '25%', maxUnavailable: '25%' }

function webhooks(object: JsonMap, more: JsonMap): JsonMap {
  const rules = (hook: JsonMap) => within(hook, 'rules', (value) => each(value, (rule) => fill(rule, { scope: '*' })))
  const defaults = {
    failurePolicy: 'Fail',
    matchPolicy: 'Equivalent',
    namespaceSelector: {},
    objectSelector: {},
    timeoutSeconds: 10,
    ...more,
  }
  const client = (hook: JsonMap) =>
    within(hook, 'clientConfig', (value) => within(mapOf(value), 'service', (service) => fill(mapOf(service), { port: 443 })))
  return within(object, 'webhooks', (value) => each(value, (hook) => client(rules(fill(hook, defaults)))))
}

function service(spec: JsonMap, { allocateClusterIp }: DefaultContext): JsonMap {
  const typed = fill(spec, { type: 'ClusterIP', sessionAffinity: 'None' })
  const ported = within(typed, 'ports', (value) =>
    each(value, (port) => fill(port, { protocol: 'TCP', ...(port.port === undefined ? {} : { targetPort: port.port }) })),
  )
  if (typed.type === 'ExternalName') return ported
  const ip = textOf(typed.clusterIP) || allocateClusterIp()
  return fill(ported, {
    clusterIP: ip,
    clusterIPs: [ip],
    ipFamilies: ['IPv4'],
    ipFamilyPolicy: 'SingleStack',
    internalTrafficPolicy: 'Cluster',
    ...(typed.type === 'LoadBalancer' ? { externalTrafficPolicy: 'Cluster', allocateLoadBalancerNodePorts: true } : {}),
  })
}

function definition(object: JsonMap): JsonMap {
  return within(object, 'spec', (value) => {
    const spec = mapOf(value)
    const names = mapOf(spec.names)
    const kind = textOf(names.kind)
    const filled = fill(names, { listKind: `${kind}List`, singular: kind.toLowerCase() })
    return fill({ ...spec, names: filled }, { conversion: { strategy: 'None' } })
  })
}

function namespace(object: JsonMap): JsonMap {
  const metadata = mapOf(object.metadata)
  const labels = { ...mapOf(metadata.labels), 'kubernetes.io/metadata.name': metadata.name ?? '' }
  return {
    ...object,
    metadata: { ...metadata, labels },
    spec: fill(mapOf(object.spec), { finalizers: ['kubernetes'] }),
    status: fill(mapOf(object.status), { phase: 'Active' }),
  }
}

function secret({ stringData, ...object }: JsonMap): JsonMap {
  const added = Object.entries(mapOf(stringData)).map(([key, value]) => [key, Buffer.from(textOf(value)).toString('base64')] as const)
  const data = { ...mapOf(object.data), ...Object.fromEntries(added) }
  return fill({ ...object, ...(Object.keys(data).length > 0 ? { data } : {}) }, { type: 'Opaque' })
}

function binding(object: JsonMap): JsonMap {
  const subject = (item: JsonMap) => fill(item, item.kind === 'ServiceAccount' ? {} : { apiGroup: 'rbac.authorization.k8s.io' })
  const bound = within(object, 'subjects', (value) => each(value, subject))
  return within(bound, 'roleRef', (value) => fill(mapOf(value), { apiGroup: 'rbac.authorization.k8s.io' }))
}

const byKind: Record<string, (object: JsonMap, context: DefaultContext) => JsonMap> = {
  Pod: (object) =>
    within(object, 'spec', (spec) =>
      fill(defaultPodSpec(mapOf(spec)), { enableServiceLinks: true, serviceAccountName: 'default', serviceAccount: 'default' }),
    ),
  Deployment: (object) =>
    within(object, 'spec', (value) => {
      const spec = fill(template(mapOf(value)), {
        replicas: 1,
        revisionHistoryLimit: 10,
        progressDeadlineSeconds: 600,
        strategy: { type: 'RollingUpdate', rollingUpdate },
      })
      return within(spec, 'strategy', (strategy) =>
        fill(mapOf(strategy), { type: 'RollingUpdate', ...(mapOf(strategy).type === 'Recreate' ? {} : { rollingUpdate }) }),
      )
    }),
  ReplicaSet: (object) => within(object, 'spec', (spec) => fill(template(mapOf(spec)), { replicas: 1 })),
  StatefulSet: (object) =>
    within(object, 'spec', (spec) =>
      fill(template(mapOf(spec)), {
        replicas: 1,
        podManagementPolicy: 'OrderedReady',
        revisionHistoryLimit: 10,
        updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 0 } },
      }),
    ),
  DaemonSet: (object) =>
    within(object, 'spec', (spec) =>
      fill(template(mapOf(spec)), {
        revisionHistoryLimit: 10,
        updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 0, maxUnavailable: 1 } },
      }),
    ),
  Job: (object) =>
    within(object, 'spec', (spec) =>
      fill(template(mapOf(spec)), { parallelism: 1, completions: 1, backoffLimit: 6, completionMode: 'NonIndexed', suspend: false }),
    ),
  Service: (object, context) => within(object, 'spec', (spec) => service(mapOf(spec), context)),
  Secret: secret,
  Namespace: namespace,
  RoleBinding: binding,
  ClusterRoleBinding: binding,
  CustomResourceDefinition: definition,
  MutatingWebhookConfiguration: (object) => webhooks(object, { reinvocationPolicy: 'Never' }),
  ValidatingWebhookConfiguration: (object) => webhooks(object, {}),
}
