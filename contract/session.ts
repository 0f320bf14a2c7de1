import { z } from 'zod'
import { Timestamp } from './primitives.js'

/** The one-time code of the start-up line, or of `meshwright open`. */
export const NewSession = z.strictObject({ code: z.string().min(1).max(200) }).meta({ id: 'NewSession' })

export const Session = z.strictObject({ token: z.string(), expiresAt: Timestamp }).meta({ id: 'Session' })
export type Session = z.infer<typeof Session>

export const SessionCode = z.strictObject({ code: z.string(), url: z.string(), expiresAt: Timestamp }).meta({ id: 'SessionCode' })
export type SessionCode = z.infer<typeof SessionCode>
