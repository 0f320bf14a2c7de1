import { Certificate } from '../../contract/check-report.js'
import type * as wire from '../../proto/gen/meshwright/adapter/v1/adapter.js'
import { dropAbsent } from '../drop-absent.js'
import { AppError } from '../errors.js'
import type { StoredCertificate } from './check-store.js'

const Stored = Certificate.omit({ cluster: true, installation: true, mesh: true, daysLeft: true, checkedAt: true, simulated: true })

/** A certificate of an adapter in our own shape; throws `adapter-failed` when it says what this server does not know. */
export function toCertificate({ notBefore, notAfter, signedBy, ...certificate }: wire.Certificate): StoredCertificate {
  const dates = { notBefore: notBefore?.toISOString(), notAfter: notAfter?.toISOString() }
  const read = Stored.safeParse({ ...certificate, ...dates, ...dropAbsent({ signedBy }) })
  if (read.success) return read.data
  throw new AppError('adapter-failed', 'The adapter sent a certificate that this server does not understand.', {
    cause: read.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; '),
    remedy: 'Server and adapter must come from the same release.',
  })
}
