import { z } from 'zod'
import type { OwnedDefinition } from '../../installers/definition-owner.js'
import type { KubeObject } from '../../kube/kube-object.js'

const Definition = z.looseObject({
  spec: z.looseObject({
    group: z.string(),
    names: z.looseObject({ kind: z.string(), plural: z.string() }),
    versions: z.array(z.looseObject({ name: z.string(), served: z.boolean(), storage: z.boolean() })),
  }),
  status: z.looseObject({ storedVersions: z.array(z.string()).nullish() }).nullish(),
})

/** Where CustomResourceDefinitions are. */
export const definitionKind = { apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition' } as const

/** What is asked of a CustomResourceDefinition. */
export interface CustomDefinition {
  kind: string
  /** The kind in the version in which its objects are stored, or else in one that is served. */
  read: { apiVersion: string; kind: string }
  versions: string[]
  /** Versions in which objects may lie in the API server's store. */
  storedVersions: string[]
}

/** The parts of a definition that decide what may be done with it. */
export function readDefinition(object: KubeObject): CustomDefinition {
  const { spec, status } = Definition.parse(object)
  const version = spec.versions.find(({ storage, served }) => storage && served) ?? spec.versions.find(({ served }) => served)
  return {
    kind: spec.names.kind,
    read: { apiVersion: `${spec.group}/${version?.name ?? spec.versions[0]?.name}`, kind: spec.names.kind },
    versions: spec.versions.map(({ name }) => name),
    storedVersions: status?.storedVersions ?? [],
  }
}

/** What tells whose a definition is; metadata is enough. */
export function marksOf({ metadata: { labels = {}, annotations = {}, managedFields = [] } }: KubeObject): OwnedDefinition {
  const managers = managedFields.filter(({ subresource }) => !subresource).flatMap(({ manager }) => manager ?? [])
  return { labels, annotations, managers: [...new Set(managers)] }
}
