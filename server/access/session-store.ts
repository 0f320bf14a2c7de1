import { eq, lte } from 'drizzle-orm'
import { integer, sqliteTable, text } from 'drizzle-orm/sqlite-core'
import type { Database } from '../database/database.js'

/** Only hashes are stored: a copy of the database signs nobody in. */
export const sessions = sqliteTable('sessions', {
  tokenHash: text('token_hash').primaryKey(),
  createdAt: integer('created_at').notNull(),
  expiresAt: integer('expires_at').notNull(),
})

/** Codes that wait to be changed into a session; a row goes with its use. */
export const sessionCodes = sqliteTable('session_codes', {
  codeHash: text('code_hash').primaryKey(),
  createdAt: integer('created_at').notNull(),
  expiresAt: integer('expires_at').notNull(),
})

interface Lifetime {
  createdAt: number
  expiresAt: number
}

/** Times are epoch ms. */
export interface SessionStore {
  addCode(codeHash: string, lifetime: Lifetime): void
  /** Removes the code and says until when it was good; undefined for one that is unknown or used. */
  takeCode(codeHash: string): { expiresAt: number } | undefined
  addSession(tokenHash: string, lifetime: Lifetime): void
  expiryOf(tokenHash: string): number | undefined
  deleteExpired(now: number): void
}

export function openSessionStore({ orm }: Database): SessionStore {
  return {
    addCode(codeHash, lifetime) {
      orm
        .insert(sessionCodes)
        .values({ codeHash, ...lifetime })
        .run()
    },
    takeCode: (codeHash) =>
      orm.delete(sessionCodes).where(eq(sessionCodes.codeHash, codeHash)).returning({ expiresAt: sessionCodes.expiresAt }).get(),
    addSession(tokenHash, lifetime) {
      orm
        .insert(sessions)
        .values({ tokenHash, ...lifetime })
        .run()
    },
    expiryOf: (tokenHash) =>
      orm.select({ expiresAt: sessions.expiresAt }).from(sessions).where(eq(sessions.tokenHash, tokenHash)).get()?.expiresAt,
    deleteExpired(now) {
      orm.delete(sessions).where(lte(sessions.expiresAt, now)).run()
      orm.delete(sessionCodes).where(lte(sessionCodes.expiresAt, now)).run()
    },
  }
}
