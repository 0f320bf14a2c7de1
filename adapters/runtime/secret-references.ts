import { withholdSecrets } from '../../installers/withhold-secrets.js'
import type { Finding } from '../../proto/gen/meshwright/adapter/v1/adapter.js'
import type { ClusterSession } from './cluster-session.js'
import { warningFinding } from './plan-findings.js'
import { isValues } from './values-at-paths.js'
import { whenForbidden } from './when-forbidden.js'

type Values = Record<string, unknown>

/** The values of one release, and those of them that this call gives. */
export interface ReleaseValues {
  release: string
  namespace: string
  values: Values
  given: Values
}

/**
 * What is to be said of secrets in values: charts take them by reference, as the name of a Secret that is there before. A Secret
 * that is missing keeps pods from starting; one that stands in the values is kept by helm in the release's record.
 */
export async function secretFindings(session: ClusterSession, release: ReleaseValues): Promise<Finding[]> {
  const missing = await Promise.all(referencesIn(release.values).map((reference) => checkReference(session, release, reference)))
  return [...plainFindings(release), ...missing.flat()]
}

function plainFindings({ release, namespace, given }: ReleaseValues): Finding[] {
  const { withheld } = withholdSecrets(given)
  if (withheld.length === 0) return []
  return [
    warningFinding({
      code: 'secret-in-values',
      message: `The values of release ${release} hold ${withheld.length === 1 ? 'a secret' : 'secrets'} in clear: ${withheld.join(', ')}.`,
      cause: `helm keeps values in the release's record, which everyone may read who may read Secrets of ${namespace}.`,
      remedy: "Put it into a Secret there and name that by the chart's own reference, such as secretName with secretKey.",
    }),
  ]
}

interface Reference {
  path: string
  secret: string
  /** Empty where the chart knows the key by itself. */
  key: string
  /** Whether kubelet pulls images with it, instead of mounting it. */
  pulls: boolean
}

/** References as the charts of the four meshes write them: `secretName` with `secretKey` (Consul, Kuma), `Secret` with `Key` (Kuma), `imagePullSecrets`. */
function referencesIn(values: unknown, path: readonly string[] = []): Reference[] {
  if (Array.isArray(values)) return values.flatMap((item, index) => referencesIn(item, [...path, String(index)]))
  if (!isValues(values)) return []
  // Where the chart is told to make it, or to read it from Vault, nothing has to be there.
  const isMade = values.create === true || values.autoGenerate === true
  const own = Object.entries(values).flatMap(([name, value]): Reference[] => {
    const at = [...path, name].join('.')
    if (name === 'imagePullSecrets' && Array.isArray(value)) return value.flatMap((one) => pullSecret(at, one))
    if (isMade || typeof value !== 'string' || value === '' || value.includes('/')) return []
    if (name === 'Secret') return [{ path: at, secret: value, key: textOf(values.Key), pulls: false }]
    if (name === 'secretName') return [{ path: at, secret: value, key: textOf(values.secretKey), pulls: false }]
    return name.endsWith('SecretName') ? [{ path: at, secret: value, key: '', pulls: false }] : []
  })
  return [...own, ...Object.entries(values).flatMap(([name, value]) => referencesIn(value, [...path, name]))]
}

function pullSecret(path: string, one: unknown): Reference[] {
  const secret = isValues(one) ? textOf(one.name) : textOf(one)
  return secret === '' ? [] : [{ path, secret, key: '', pulls: true }]
}

async function checkReference(
  session: ClusterSession,
  { release, namespace }: ReleaseValues,
  { path, secret, key, pulls }: Reference,
): Promise<Finding[]> {
  const name = { apiVersion: 'v1', kind: 'Secret', namespace, name: secret }
  // Who may not read Secrets learns nothing here, and need not.
  const found = await whenForbidden(session.get(name), 'hidden' as const)
  if (found === 'hidden') return []
  const { data = {} } = (found ?? {}) as { data?: Values }
  if (found !== undefined && (key === '' || key in data)) return []
  const lacks = found === undefined ? `There is no Secret ${secret} in ${namespace}` : `Secret ${secret} in ${namespace} has no key ${key}`
  return [
    warningFinding({
      code: found === undefined ? 'secret-absent' : 'secret-key-absent',
      message: `${lacks}, and the values of release ${release} name it (${path}).`,
      cause: pulls ? 'Images that are not public cannot be pulled until it is there.' : 'Pods that take it do not start until it is there.',
      remedy: `Make it first: kubectl create secret ${pulls ? `docker-registry ${secret} --docker-server=REGISTRY --docker-username=USER` : `generic ${secret} --from-file=${key || 'KEY'}=FILE`} --namespace ${namespace}.`,
    }),
  ]
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}
