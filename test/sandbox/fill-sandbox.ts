import type { Agent } from 'undici'
import { type ContractClient, contractClient } from '../cluster/contract/contract-client.js'
import { configMap } from '../cluster/contract/objects.js'
import type { RunningSandbox } from './sandbox-under-test.js'

/** A client of a sandbox's API with its token. */
export function sandboxClient({ url, token }: RunningSandbox, dispatcher: Agent): ContractClient {
  return contractClient({ url, dispatcher, headers: { authorization: `Bearer ${token}` }, anonymous: dispatcher })
}

/** Adds ConfigMaps of half a kilobyte until the sandbox holds this many objects of all kinds. */
export async function fillSandbox(api: ContractClient, objects: number): Promise<void> {
  const path = `/api/v1/namespaces/${await api.namespace()}/configmaps`
  const { body } = await api.get('/_sandbox')
  const names = Array.from({ length: objects - body.objects }, (_, index) => `map-${index}`)
  for (let from = 0; from < names.length; from += 50) {
    await Promise.all(names.slice(from, from + 50).map((name) => api.create(path, configMap(name, { text: 'x'.repeat(500) }))))
  }
}
