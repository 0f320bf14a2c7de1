import type { ContractClient } from '../cluster/contract/contract-client.js'

const crds = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions'

/** The one definition of cert-manager, or of trust-manager, that Linkerd's identity can be looked after by. */
export async function defineTool(api: ContractClient, tool: 'cert-manager' | 'trust-manager'): Promise<void> {
  const [group, version, kind, scope] =
    tool === 'cert-manager'
      ? ['cert-manager.io', 'v1', 'Certificate', 'Namespaced']
      : ['trust.cert-manager.io', 'v1alpha1', 'Bundle', 'Cluster']
  const names = { kind, plural: `${kind.toLowerCase()}s`, singular: kind.toLowerCase(), listKind: `${kind}List` }
  const schema = { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } }
  await api.create(crds, {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${names.plural}.${group}` },
    spec: { group, scope, names, versions: [{ name: version, served: true, storage: true, schema }] },
  })
  const path = `/apis/${group}/${version}/${names.plural}`
  await api.until(path, ({ status }) => status === 200)
}
