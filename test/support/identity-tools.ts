import type { ContractClient } from '../cluster/contract/contract-client.js'

/** A kind of its own, as a definition brings it, with any fields. */
export interface DefinedKind {
  group: string
  version: string
  kind: string
  scope: 'Namespaced' | 'Cluster'
}

const tools = {
  'cert-manager': { group: 'cert-manager.io', version: 'v1', kind: 'Certificate', scope: 'Namespaced' },
  'trust-manager': { group: 'trust.cert-manager.io', version: 'v1alpha1', kind: 'Bundle', scope: 'Cluster' },
} as const

/** The one definition of cert-manager, or of trust-manager, that Linkerd's identity can be looked after by. */
export function defineTool(api: ContractClient, tool: keyof typeof tools): Promise<void> {
  return defineKind(api, tools[tool])
}

/** Creates the definition and waits until its kind is served. */
export async function defineKind(api: ContractClient, { group, version, kind, scope }: DefinedKind): Promise<void> {
  const names = { kind, plural: `${kind.toLowerCase()}s`, singular: kind.toLowerCase(), listKind: `${kind}List` }
  const schema = { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } }
  await api.create('/apis/apiextensions.k8s.io/v1/customresourcedefinitions', {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${names.plural}.${group}` },
    spec: { group, scope, names, versions: [{ name: version, served: true, storage: true, schema }] },
  })
  await api.until(`/apis/${group}/${version}/${names.plural}`, ({ status }) => status === 200)
}
