import { gzipSync } from 'node:zlib'

/** One revision of a release, as helm 4 remembers it. */
export interface ReleaseRevision {
  name: string
  namespace: string
  revision: number
  chart: { name: string; version: string; appVersion: string }
  /** The values that its user gave. */
  values: Record<string, unknown>
  objects: readonly unknown[]
  /** Besides helm's own, as `--labels` adds them. */
  labels?: Record<string, string>
  /** Epoch ms. */
  at: number
}

/** The Secret in which helm keeps a deployed revision: JSON in gzip in base64, and once more as a Secret's data (helm, pkg/storage/driver). */
export function releaseSecret(release: ReleaseRevision) {
  const { name, namespace, revision, labels = {}, at } = release
  const packed = gzipSync(JSON.stringify(payloadOf(release))).toString('base64')
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    type: 'helm.sh/release.v1',
    metadata: {
      name: `sh.helm.release.v1.${name}.v${revision}`,
      namespace,
      labels: { ...labels, owner: 'helm', name, version: String(revision), status: 'deployed', modifiedAt: String(Math.floor(at / 1000)) },
    },
    data: { release: Buffer.from(packed).toString('base64') },
  }
}

function payloadOf({ name, namespace, revision, chart, values, objects, at }: ReleaseRevision) {
  const time = new Date(at).toISOString()
  return {
    name,
    namespace,
    version: revision,
    info: { first_deployed: time, last_deployed: time, deleted: '', description: 'Install complete', status: 'deployed' },
    chart: { metadata: { apiVersion: 'v2', ...chart }, templates: [], values: {}, files: [] },
    config: values,
    // JSON is YAML.
    manifest: objects.map((object) => `---\n${JSON.stringify(object)}\n`).join(''),
    hooks: [],
    apply_method: 'ssa',
  }
}
