import { z } from 'zod'
import { type CertificateFacts, readCertificates } from '../../../certificates/read-certificates.js'
import { KubeError } from '../../../kube/kube-client.js'
import type { KubeObject } from '../../../kube/kube-object.js'
import type { Finding } from '../../../proto/gen/meshwright/adapter/v1/adapter.js'
import type { ObjectKey } from '../cluster-session.js'
import { warningFinding } from '../plan-findings.js'
import { someNames } from '../some-names.js'
import type { CertificateSource, CheckScene } from './check.js'

const texts = z.looseObject({ data: z.record(z.string(), z.string()).nullish() })

/** The certificates of one field of one object, and what they are for. Nothing else of the object's payload is kept. */
export interface HeldCertificates extends Pick<CertificateSource, 'use' | 'purpose' | 'renewal'> {
  /** Without its payload. */
  object: KubeObject
  field: string
  certificates: CertificateFacts[]
  faulty: number
}

/** Reads Secrets and ConfigMaps, each once, and remembers what it may not read. */
export interface Holders {
  read(source: CertificateSource): Promise<HeldCertificates[]>
  /** An answer, or nothing and a finding when the cluster refuses it. `what` completes "It may not be seen". */
  ask<Item>(what: string, answer: () => Promise<Item[]>): Promise<Item[]>
  /** The kubernetes.io/tls Secrets of the installation's namespace that no source named. */
  rest(): Promise<HeldCertificates[]>
  findings(): Finding[]
}

// Only certificates, by key: what else the object held, such as a private key, is forgotten when it is read.
interface Payload {
  object: KubeObject
  fields: Map<string, { certificates: CertificateFacts[]; faulty: number }>
}

export function openHolders({ session, namespace }: CheckScene): Holders {
  const payloads = new Map<string, Promise<Payload | undefined>>()
  const refused = new Map<string, string>()

  const fetch = async (key: ObjectKey): Promise<Payload | undefined> => {
    const place = `${key.kind} ${key.namespace}/${key.name}`
    const [found] = await ask(place, async () => [await session.get(key)])
    return found && toPayload(found)
  }
  const payloadOf = (key: ObjectKey) => {
    const id = `${key.kind} ${key.namespace}/${key.name}`
    const payload = payloads.get(id) ?? fetch(key)
    payloads.set(id, payload)
    return payload
  }
  const ask: Holders['ask'] = async (what, answer) =>
    answer().catch((error: unknown) => {
      if (!(error instanceof KubeError) || error.status !== 403) throw error
      refused.set(what, error.message)
      return []
    })

  const namesOf = async ({ kind, name, namespace: place = namespace }: CertificateSource): Promise<string[]> => {
    if (typeof name === 'string') return [name]
    const all = await ask(`the names of ${kind}s in ${place}`, () =>
      session.list({ apiVersion: 'v1', kind }, { namespace: place, metadataOnly: true }),
    )
    return all.flatMap(({ metadata }) => (metadata.name !== undefined && name.test(metadata.name) ? [metadata.name] : []))
  }
  const read: Holders['read'] = async (source) => {
    const { kind, namespace: place = namespace, key, use, purpose, renewal } = source
    const held = (await namesOf(source)).map(async (name): Promise<HeldCertificates[]> => {
      const payload = await payloadOf({ apiVersion: 'v1', kind, namespace: place, name })
      const field = payload?.fields.get(key)
      if (payload === undefined || field === undefined) return []
      return [{ use, purpose, ...(renewal && { renewal }), object: payload.object, field: `data.${key}`, ...field }]
    })
    return (await Promise.all(held)).flat()
  }

  return {
    read,
    ask,
    rest: async () => {
      const selection = { namespace, metadataOnly: true, fieldSelector: 'type=kubernetes.io/tls' }
      const secrets = await ask(`the names of Secrets in ${namespace}`, () => session.list({ apiVersion: 'v1', kind: 'Secret' }, selection))
      const others = secrets.filter(({ metadata }) => !payloads.has(`Secret ${namespace}/${metadata.name}`))
      const held = await Promise.all(
        others.map(({ metadata: { name = '' } }) =>
          read({ kind: 'Secret', name, key: 'tls.crt', use: 'server', purpose: "certificate in the mesh's namespace" }),
        ),
      )
      return held.flat()
    },
    findings: () => toFindings(refused),
  }
}

function toPayload(object: KubeObject): Payload {
  const { apiVersion, kind, metadata } = object
  const decode = (text: string) => (kind === 'Secret' ? Buffer.from(text, 'base64').toString('utf8') : text)
  const entries = Object.entries(texts.parse(object).data ?? {}).map(([key, text]) => [key, judge(decode(text))] as const)
  return { object: { apiVersion, kind, metadata }, fields: new Map(entries) }
}

/** A text without a single certificate is as faulty as a broken one. */
function judge(text: string): { certificates: CertificateFacts[]; faulty: number } {
  const { certificates, faulty } = readCertificates(text)
  return { certificates, faulty: certificates.length + faulty === 0 ? 1 : faulty }
}

function toFindings(refused: ReadonlyMap<string, string>): Finding[] {
  if (refused.size === 0) return []
  const places = [...refused.keys()]
  const [cause] = refused.values()
  return [
    warningFinding({
      code: 'certificates-not-readable',
      message: `Certificates may be missing from the list; not readable: ${someNames(places)}.`,
      cause,
      remedy: 'Let the identity of the cluster connection read them. Only certificates are kept of what is read, never a private key.',
    }),
  ]
}
