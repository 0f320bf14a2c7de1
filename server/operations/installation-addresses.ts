import { z } from 'zod'
import type { Cluster } from '../../contract/cluster.js'
import type { ActionRequest } from '../../contract/plan.js'
import { listObjects } from '../../kube/list-objects.js'
import type { MeshDescription } from '../adapter-link/adapter-descriptions.js'
import { AppError } from '../errors.js'
import { explainKubeFailure } from '../kubernetes/kube-problem.js'
import type { OperationDeps } from './operation-deps.js'

/**
 * A parameter that names an installation, of any cluster, and stands for the address under which others reach it. An adapter
 * has a grant for one cluster only, so that the server looks there.
 */
const Reference = z.object({
  'x-installation-address': z.object({
    /** The parameter that takes the address. */
    into: z.string(),
    /** Name of the port of a Service of the installation's namespace. */
    port: z.string(),
    scheme: z.string(),
  }),
})
const Schema = z.object({ properties: z.object({ params: z.object({ properties: z.record(z.string(), z.unknown()) }) }) })
const Service = z.looseObject({
  metadata: z.looseObject({ name: z.string() }),
  spec: z.looseObject({ ports: z.array(z.looseObject({ name: z.string().default(''), port: z.number() })).default([]) }),
  status: z
    .looseObject({
      loadBalancer: z
        .looseObject({ ingress: z.array(z.looseObject({ ip: z.string().default(''), hostname: z.string().default('') })).default([]) })
        .prefault({}),
    })
    .prefault({}),
})

type Wanted = z.infer<typeof Reference>['x-installation-address']

interface Deps extends Pick<OperationDeps, 'installationOf' | 'closing'> {
  registry: { description(mesh: string): Pick<MeshDescription, 'actions'> }
  clusters: { find(cluster: string): Pick<Cluster, 'name'> } & Pick<OperationDeps['clusters'], 'connection'>
}

/** The request with the address of each installation that its parameters name, in the parameter that is for it; the reference itself is gone. */
export async function withInstallationAddresses<Request extends ActionRequest>(deps: Deps, request: Request): Promise<Request> {
  let { params } = request
  for (const { key, wanted } of referencesOf(deps, request)) {
    const id = params?.[key]
    if (params === undefined || id === undefined || id === '') continue
    const { [key]: _reference, ...rest } = params
    if (rest[wanted.into]) throw refuse(key, `${wanted.into} is given, too: one of them is enough.`, `Leave out ${key} or ${wanted.into}.`)
    params = { ...rest, [wanted.into]: await addressOf(deps, { key, id: String(id), mesh: request.mesh, wanted }) }
  }
  return params === undefined ? request : { ...request, params }
}

function referencesOf({ registry }: Deps, { mesh, action }: ActionRequest): { key: string; wanted: Wanted }[] {
  const offered = registry.description(mesh).actions.find((each) => each.key === action)
  const schema = Schema.safeParse(offered?.parametersSchema ? JSON.parse(offered.parametersSchema) : undefined)
  if (!schema.success) return []
  return Object.entries(schema.data.properties.params.properties).flatMap(([key, property]) => {
    const found = Reference.safeParse(property)
    return found.success ? [{ key, wanted: found.data['x-installation-address'] }] : []
  })
}

interface Asked {
  key: string
  id: string
  mesh: string
  wanted: Wanted
}

async function addressOf({ clusters, installationOf, closing }: Deps, { key, id, mesh, wanted }: Asked): Promise<string> {
  const named = installationOf(id)
  if (named.mesh !== mesh) throw refuse(key, `The installation is one of ${named.mesh}.`, `Name an installation of ${mesh}.`)
  const found = await findPort(clusters, closing, { ...named, port: wanted.port }).catch((error: unknown) => {
    throw explainKubeFailure(error, { cluster: clusters.find(named.cluster).name })
  })
  if (found === undefined) throw refuse(key, 'The installation takes no others under it.', 'Name a global control plane.')
  const { service, port } = found
  const [first] = service.status.loadBalancer.ingress
  const host = first?.ip || first?.hostname || ''
  if (host !== '') return `${wanted.scheme}://${host.includes(':') ? `[${host}]` : host}:${port}`
  const remedy = `Make Service ${named.namespace}/${service.metadata.name} reachable from outside, or give the address by ${wanted.into}.`
  throw refuse(key, 'The installation has no address from outside yet.', remedy)
}

/** The first Service of a namespace that has a port of this name. */
async function findPort(
  clusters: Deps['clusters'],
  signal: AbortSignal,
  { cluster, namespace, port: wanted }: { cluster: string; namespace: string; port: string },
): Promise<{ service: z.infer<typeof Service>; port: number } | undefined> {
  const connection = await clusters.connection(cluster)
  const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/services`
  for await (const { items } of listObjects(connection, { path, signal })) {
    for (const service of items.map((item) => Service.parse(item))) {
      const port = service.spec.ports.find(({ name }) => name === wanted)
      if (port !== undefined) return { service, port: port.port }
    }
  }
  return undefined
}

function refuse(key: string, message: string, remedy: string): AppError {
  return new AppError('invalid-parameters', message, { remedy, errors: [{ pointer: `/params/${key}`, message }] })
}
