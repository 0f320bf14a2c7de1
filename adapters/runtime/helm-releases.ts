import { gunzipSync, gzipSync } from 'node:zlib'
import { z } from 'zod'
import { deleteObject } from '../../kube/delete-object.js'
import { KubeError } from '../../kube/kube-client.js'
import type { KubeObject } from '../../kube/kube-object.js'
import { mergePatchObject } from '../../kube/merge-patch-object.js'
import { AdapterError } from './adapter-error.js'
import { changedAt } from './changed-at.js'
import type { ClusterSession } from './cluster-session.js'

/** A helm release as its record's labels tell it: no payload was read. */
export interface ReleaseRecord {
  namespace: string
  name: string
  revision: number
  /** deployed, failed, pending-install, pending-upgrade, pending-rollback, uninstalling, uninstalled, superseded. */
  status: string
  /** The operation of ours that made this revision; empty when it was not us. */
  operation: string
  /** An earlier revision names the same operation: a helm hands labels on, so this one may be anybody's. */
  inherited: boolean
  /** Name of the Secret that holds the record. */
  secret: string
  uid: string
  resourceVersion: string
  /** When anybody last wrote the record, epoch ms. */
  changedAt: number
}

/** Label on release records, and annotation on workloads, that says by which operation of ours they came. */
export const operationMark = 'meshwright.io/operation'

/** The newest revision of a release; undefined when helm knows none of that name. Reads metadata only. */
export async function latestRelease(
  session: ClusterSession,
  { namespace, name }: { namespace: string; name: string },
): Promise<ReleaseRecord | undefined> {
  const [latest, ...earlier] = await releaseHistory(session, { namespace, name })
  return latest && { ...latest, inherited: earlier.some(({ operation }) => operation === latest.operation) }
}

/** Every revision of a release that helm keeps, the newest first. Reads metadata only. */
export async function releaseHistory(
  session: ClusterSession,
  { namespace, name }: { namespace: string; name: string },
): Promise<ReleaseRecord[]> {
  const selection = { namespace, labelSelector: `owner=helm,name=${name}`, metadataOnly: true }
  const secrets = await session.list({ apiVersion: 'v1', kind: 'Secret' }, selection)
  return secrets.map(toRecord).sort((left, right) => right.revision - left.revision)
}

function toRecord({ metadata }: KubeObject): ReleaseRecord {
  const labels = metadata.labels ?? {}
  return {
    namespace: metadata.namespace ?? '',
    name: labels.name ?? '',
    revision: Number(labels.version ?? 0),
    status: labels.status ?? '',
    operation: labels[operationMark] ?? '',
    inherited: false,
    secret: metadata.name ?? '',
    uid: metadata.uid ?? '',
    resourceVersion: metadata.resourceVersion ?? '',
    changedAt: changedAt(metadata),
  }
}

/** A helm works on it, or was killed in it: helm itself refuses to install or upgrade from here. */
export function isUnfinished({ status }: ReleaseRecord): boolean {
  return status.startsWith('pending-') || status === 'uninstalling'
}

/** Left behind by a helm of ours. Of an uninstall this cannot be told: helm keeps the labels of the install before it. */
export function isLeftByUs({ status, operation, inherited }: ReleaseRecord): boolean {
  return status.startsWith('pending-') && operation !== '' && !inherited
}

/**
 * Forgets the record of a revision, such as one that a helm was killed in, so that the next helm may run. The objects stay:
 * they carry the release's name, and the next run takes them up. Only for revisions that nobody works on any more: a record
 * that was written since it was read is not touched, and `release-busy` is thrown.
 */
export async function forgetRecord(session: ClusterSession, record: ReleaseRecord): Promise<void> {
  const { namespace, name, revision, secret, uid, resourceVersion } = record
  await deleteObject(session.connection, {
    path: `/api/v1/namespaces/${encodeURIComponent(namespace)}/secrets/${encodeURIComponent(secret)}`,
    preconditions: { uid, resourceVersion },
  }).catch((error: unknown) => {
    if (!(error instanceof KubeError) || error.status !== 409) throw error
    throw new AdapterError('release-busy', `Revision ${revision} of release ${name} changed meanwhile, so its record stays.`, {
      cause: 'A helm is at work on it.',
      remedy: 'Wait for that helm, then plan again.',
    })
  })
}

const Payload = z.object({
  chart: z.object({
    metadata: z.object({ name: z.string(), version: z.string(), appVersion: z.string().default('') }),
    values: z.record(z.string(), z.json()).nullish(),
  }),
  config: z.record(z.string(), z.json()).nullish(),
  manifest: z.string().default(''),
  hooks: z.array(z.object({ name: z.string(), kind: z.string(), events: z.array(z.string()).nullish() })).nullish(),
  apply_method: z.string().default(''),
})

/** What we read of a release's payload, and nothing more of it. */
export interface ReleasePayload {
  chart: string
  chartVersion: string
  appVersion: string
  /** The chart's own values, under those of its user. */
  chartValues: Record<string, unknown>
  /** The values that its user gave. */
  values: Record<string, unknown>
  manifest: string
  /** `pre-delete Job/cleanup`: what helm runs besides. */
  hooks: string[]
  /** Whether helm applied it on the server. If not, as helm 3 never does, the next upgrade will not do so either, and overrules other managers of its fields. */
  isServerSide: boolean
}

/** Changes the manifest in a release's record, and nothing else of it. A record that somebody else changed meanwhile is not touched: 409. */
export async function rewriteManifest(
  session: ClusterSession,
  { namespace, secret }: ReleaseRecord,
  change: (manifest: string) => string,
): Promise<void> {
  const object = await session.get({ apiVersion: 'v1', kind: 'Secret', namespace, name: secret })
  const { data, metadata } = z
    .object({ data: z.object({ release: z.string() }), metadata: z.object({ resourceVersion: z.string() }) })
    .parse(object)
  const release: { manifest?: string } = JSON.parse(unpack(data.release))
  const text = JSON.stringify({ ...release, manifest: change(release.manifest ?? '') })
  const packed = Buffer.from(gzipSync(text).toString('base64')).toString('base64')
  await mergePatchObject(session.connection, {
    path: `/api/v1/namespaces/${encodeURIComponent(namespace)}/secrets/${encodeURIComponent(secret)}`,
    patch: { metadata: { resourceVersion: metadata.resourceVersion }, data: { release: packed } },
    fieldManager: 'helm',
  })
}

/** helm packs JSON with gzip and base64; the API server adds a base64 of its own. */
function unpack(release: string): string {
  const packed = Buffer.from(Buffer.from(release, 'base64').toString(), 'base64')
  return gunzipSync(packed, { maxOutputLength: 64 * 1024 * 1024 }).toString()
}

/** Reads the payload of one record; undefined when it is gone or is no release. */
export async function readRelease(session: ClusterSession, { namespace, secret }: ReleaseRecord): Promise<ReleasePayload | undefined> {
  const object = await session.get({ apiVersion: 'v1', kind: 'Secret', namespace, name: secret })
  const data = z.object({ data: z.object({ release: z.string() }) }).safeParse(object)
  if (!data.success) return undefined
  const { chart, config, manifest, hooks, apply_method: applyMethod } = Payload.parse(JSON.parse(unpack(data.data.data.release)))
  return {
    chart: chart.metadata.name,
    chartVersion: chart.metadata.version,
    appVersion: chart.metadata.appVersion,
    chartValues: chart.values ?? {},
    values: config ?? {},
    manifest,
    hooks: (hooks ?? []).map(({ name, kind, events }) => `${(events ?? []).join(',')} ${kind}/${name}`),
    isServerSide: applyMethod === 'ssa',
  }
}
