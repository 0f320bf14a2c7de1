import { z } from 'zod'
import { Finding } from './finding.js'
import { Id, MeshId, ObjectRef, Timestamp } from './primitives.js'

/** One certificate of a mesh: its public fields, where it lies, and who renews it. */
export const Certificate = z
  .strictObject({
    cluster: Id,
    installation: z.string(),
    mesh: MeshId,
    /** The first place tells what it is for. */
    places: z.array(z.strictObject({ object: ObjectRef, field: z.string() })),
    use: z.enum(['root', 'issuer', 'webhook', 'server', 'gateway']),
    purpose: z.string(),
    subject: z.string(),
    issuer: z.string(),
    serial: z.string(),
    /** SHA-256, hex. */
    fingerprint: z.string(),
    notBefore: Timestamp,
    notAfter: Timestamp,
    /** Whole days from now; negative when it has ended. */
    daysLeft: z.int(),
    keyType: z.string(),
    /** `not-found`: who signed it is not among the certificates of the installation. */
    chain: z.enum(['self-signed', 'signed', 'not-found']),
    /** Fingerprint of the one that signed it. */
    signedBy: z.exactOptional(z.string()),
    /** `you`: nothing in the cluster does. */
    renewedBy: z.enum(['control-plane', 'cert-manager', 'helm', 'you']),
    renewal: z.string(),
    /** When it was read. */
    checkedAt: Timestamp,
    simulated: z.boolean(),
  })
  .meta({ id: 'Certificate' })

export type Certificate = z.infer<typeof Certificate>

/** What one look at an installation found. Severities: `error` something does not work, `warning` it may not for long, or could not be seen, `info` it is well. */
export const CheckReport = z
  .strictObject({
    id: Id,
    cluster: Id,
    installation: z.string(),
    mesh: MeshId,
    /** Who asked: a person, or the end of an operation. */
    trigger: z.enum(['asked', 'operation']),
    findings: z.array(Finding),
    counts: z.strictObject({ error: z.int(), warning: z.int(), info: z.int() }),
    certificates: z.array(Certificate),
    startedAt: Timestamp,
    endedAt: Timestamp,
    simulated: z.boolean(),
  })
  .meta({ id: 'CheckReport' })

export type CheckReport = z.infer<typeof CheckReport>
