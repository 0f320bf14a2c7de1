import type { Schema } from '../lib/schema.js'

/** How the one event stream is: `signed-out` retries nothing until somebody signs in again. */
export type StreamState = 'connecting' | 'live' | 'reconnecting' | 'signed-out'

/** News that passes: the stream sends it without an id, and nobody keeps it. */
export interface Tick {
  topic: string
  subject: string
}

/** What a tab tells the worker. `join` comes first, and again after the tab was frozen in the back-forward cache. */
export type TabMessage = { type: 'join' } | { type: 'leave' } | { type: 'sign-in'; token: string } | { type: 'refused'; token: string }

/** What the worker tells its tabs. `reset` means: events were lost for good, load everything again. */
export type LiveMessage =
  | { type: 'session'; token: string }
  | { type: 'no-session' }
  | { type: 'refused'; token: string }
  | { type: 'state'; state: StreamState; openedAt: number | undefined }
  | { type: 'events'; events: Schema<'Event'>[]; ticks: Tick[] }
  | { type: 'reset' }
