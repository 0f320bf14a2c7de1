// The session token of this tab. It lives in sessionStorage, so it ends with the tab; the SharedWorker hands it to further tabs.

const storageKey = 'meshwright-session'
const listeners = new Set<() => void>()
let token: string | undefined = sessionStorage.getItem(storageKey) ?? undefined

/** The token that calls carry, or undefined when nobody is signed in. */
export function sessionToken(): string | undefined {
  return token
}

/** Signs this tab in (a token) or out (undefined) and tells everybody who follows the session. */
export function setSession(next: string | undefined): void {
  if (next === token) return
  token = next
  if (next === undefined) sessionStorage.removeItem(storageKey)
  else sessionStorage.setItem(storageKey, next)
  for (const listener of listeners) listener()
}

/** Calls back at every sign-in and sign-out; the answer ends that. Fits React's useSyncExternalStore. */
export function followSession(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}
