/** A ConfigMap to be created or applied. */
export function configMap(name: string, data: Record<string, string> = { a: '1' }, metadata: Record<string, unknown> = {}) {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, ...metadata }, data }
}

/** A Deployment without replicas, so that nothing of it ever runs. */
export function deployment(name: string, spec: Record<string, unknown> = {}, container: Record<string, unknown> = {}) {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, labels: { app: name } },
    spec: {
      replicas: 0,
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name } },
        spec: { containers: [{ name: 'web', image: 'web:1', ports: [{ containerPort: 8080 }], ...container }] },
      },
      ...spec,
    },
  }
}

/** A definition of kind Gadget in a group of its own. */
export function definition(group: string, versionParts: Record<string, unknown> = {}) {
  const schema = {
    openAPIV3Schema: {
      type: 'object',
      properties: {
        spec: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
        status: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
      },
    },
  }
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `gadgets.${group}` },
    spec: {
      group,
      scope: 'Namespaced',
      names: { plural: 'gadgets', singular: 'gadget', kind: 'Gadget', shortNames: ['gd'] },
      versions: [{ name: 'v1', served: true, storage: true, schema, ...versionParts }],
    },
  }
}

/** Owner reference to an object as the API answered it. */
export function ownedBy(owner: { apiVersion: string; kind: string; metadata: { name: string; uid: string } }, blocks = false) {
  const { apiVersion, kind, metadata } = owner
  return { apiVersion, kind, name: metadata.name, uid: metadata.uid, ...(blocks ? { blockOwnerDeletion: true } : {}) }
}
