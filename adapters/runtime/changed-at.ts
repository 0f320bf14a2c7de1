import type { KubeMetadata } from '../../kube/kube-object.js'

/**
 * When an object was last written, epoch ms: by anybody but those named, and apart from its status and its scale, which
 * controllers move. The API server keeps the time for each writer; helm's records say it in a label, too.
 */
export function changedAt(
  { creationTimestamp = '', labels = {}, managedFields = [] }: KubeMetadata,
  except: readonly string[] = [],
): number {
  const written = managedFields.filter(({ subresource, manager = '' }) => !subresource && !except.includes(manager))
  const times = [creationTimestamp, ...written.map(({ time = '' }) => time)].map((time) => Date.parse(time))
  const said = labels.owner === 'helm' ? [Number(labels.createdAt) * 1000, Number(labels.modifiedAt) * 1000] : []
  return Math.max(0, ...[...times, ...said].filter(Number.isFinite))
}
