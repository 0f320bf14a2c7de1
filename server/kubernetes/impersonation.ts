import { z } from 'zod'
import type { IdentityHeaders } from '../../kube/connection.js'

// Header values are sent as they are: no control characters, nothing beyond Latin-1's printable half.
const headerText = z
  .string()
  .min(1)
  .max(1000)
  .regex(/^[\x20-\x7e]*[\x21-\x7e]$/, 'must be printable ASCII and must not be empty')

/** Whom the API server shall take us for. A user is always named: no name must never fall back to the connection's own rights. */
export const Impersonation = z.strictObject({
  user: headerText,
  groups: z.exactOptional(z.array(headerText).max(100)),
  uid: z.exactOptional(headerText),
  extra: z.exactOptional(z.record(z.string().min(1).max(200), z.array(headerText).max(20))),
})

export type Impersonation = z.infer<typeof Impersonation>

/** The Impersonate-* headers, lower-case. Throws a ZodError for an empty user or text that no header can carry. */
export function impersonationHeaders(identity: Impersonation): IdentityHeaders {
  const { user, groups = [], uid, extra = {} } = Impersonation.parse(identity)
  const headers: IdentityHeaders = { 'impersonate-user': user }
  if (groups.length > 0) headers['impersonate-group'] = groups
  if (uid !== undefined) headers['impersonate-uid'] = uid
  for (const [key, values] of Object.entries(extra)) headers[`impersonate-extra-${escapeHeaderKey(key)}`] = values
  return headers
}

// client-go's headerKeyEscape: lower case, and everything that no header name may hold as %XX; the percent sign itself too.
function escapeHeaderKey(key: string): string {
  const bytes = Buffer.from(key.toLowerCase())
  return [...bytes]
    .map((byte) => (isPlain(byte) ? String.fromCharCode(byte) : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`))
    .join('')
}

function isPlain(byte: number): boolean {
  return /[a-z0-9!#$&'*+.^_`|~-]/.test(String.fromCharCode(byte))
}
