import { api, bodyOf } from '../lib/api-client.js'
import { setSession } from '../lib/session.js'

/** Takes a one-time code out of the address, and the address forgets it at once. */
export function takeCode(): string | undefined {
  const code = new URLSearchParams(location.hash.slice(1)).get('code')
  if (code === null) return undefined
  // Before anything else can read, log or send the address.
  history.replaceState(history.state, '', location.pathname + location.search)
  return code === '' ? undefined : code
}

/** Turns a one-time code into a session of this browser. */
export async function signIn(code: string): Promise<void> {
  const { token } = await bodyOf(api.POST('/api/v1/session', { body: { code } }))
  setSession(token)
}

/** A code as people paste it: alone, or the whole address that the server printed. */
export function codeFrom(text: string): string {
  const trimmed = text.trim()
  return /#code=([^\s&]+)/.exec(trimmed)?.[1] ?? trimmed
}
