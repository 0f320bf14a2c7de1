import { randomBytes } from 'node:crypto'
import type { Answer, Body, ContractClient } from './contract-client.js'
import { definition } from './objects.js'

export const crds = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions'

/** A definition in a group of its own, once its kind is served, and where its objects are in a new namespace. */
export async function gadgets(api: ContractClient, parts: Record<string, unknown> = {}): Promise<{ group: string; path: string }> {
  const group = `c${randomBytes(4).toString('hex')}.example.com`
  await api.create(crds, definition(group, parts))
  await api.until(`${crds}/gadgets.${group}`, isEstablished)
  const path = `/apis/${group}/v1/namespaces/${await api.namespace()}/gadgets`
  // The API server serves a kind a moment after it says so.
  await api.until(path, ({ status }) => status === 200)
  return { group, path }
}

function isEstablished({ body }: Answer): boolean {
  return body.status?.conditions?.some((one: Body) => one.type === 'Established' && one.status === 'True') === true
}
