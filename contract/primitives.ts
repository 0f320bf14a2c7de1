import { z } from 'zod'

/** UUIDv7 as text; ids of one kind sort by their time of making. */
export const Id = z.uuid()

/** RFC 3339, UTC, milliseconds. */
export const Timestamp = z.iso.datetime({ precision: 3 })

/** A Kubernetes name of one DNS label (RFC 1123), as namespaces, releases and revisions need it. */
export const DnsLabel = z
  .string()
  .max(63)
  .regex(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/, 'must be lower-case letters, digits and dashes')

/** A Kubernetes name of one or more DNS labels (RFC 1123), as pods and workloads need it. */
export const DnsName = z
  .string()
  .max(253)
  .regex(/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/, 'must be lower-case letters, digits, dashes and dots')

/** A mesh id such as `istio`. `kubernetes` is the adapter for plain manifests. */
export const MeshId = z
  .string()
  .max(40)
  .regex(/^[a-z][a-z0-9-]*$/, 'must be a mesh id such as istio')

export const ObjectRef = z
  .strictObject({ apiVersion: z.string(), kind: z.string(), namespace: z.string(), name: z.string() })
  .meta({ id: 'ObjectRef', description: 'A Kubernetes object; namespace is empty for cluster-scoped kinds.' })

export type ObjectRef = z.infer<typeof ObjectRef>

/** What and why went wrong with a piece of work, in the words of a problem document. */
export const Failure = z
  .strictObject({
    code: z.string(),
    title: z.string(),
    cause: z.exactOptional(z.string()),
    remedy: z.exactOptional(z.string()),
    docs: z.exactOptional(z.string()),
  })
  .meta({ id: 'Failure' })

export type Failure = z.infer<typeof Failure>
