import { type ReactNode, useEffect, useState, useSyncExternalStore } from 'react'
import { RequestFailure } from '../lib/request-failure.js'
import { followSession, sessionToken } from '../lib/session.js'
import type { LiveUpdates } from './live-updates.js'
import { signIn, takeCode } from './sign-in.js'
import { SignedOut } from './signed-out.js'

// A worker that does not answer (a browser that blocks it) must not keep the page waiting.
const joinWaitMs = 1500

/**
 * Lets the page in when there is a session: by a code in the address, of this tab, or of another tab.
 * Until another tab has answered nothing is drawn, so that nobody sees the sign-in page flash by.
 */
export function SessionGate({ live, children }: { live: LiveUpdates; children: ReactNode }) {
  const token = useSyncExternalStore(followSession, sessionToken)
  const [waiting, setWaiting] = useState(true)
  const [failure, setFailure] = useState<RequestFailure>()
  useEffect(() => {
    const enter = async () => {
      const code = takeCode()
      setFailure(code === undefined ? undefined : await tryCode(code))
      await Promise.race([live.joined, new Promise((resolve) => setTimeout(resolve, joinWaitMs))])
      setWaiting(false)
    }
    const enterAgain = () => void enter()
    enterAgain()
    addEventListener('hashchange', enterAgain)
    return () => removeEventListener('hashchange', enterAgain)
  }, [live])
  if (token !== undefined) return children
  return waiting ? null : <SignedOut failure={failure} />
}

async function tryCode(code: string): Promise<RequestFailure | undefined> {
  return signIn(code).then(
    () => undefined,
    (error: unknown) => {
      if (error instanceof RequestFailure) return error
      throw error
    },
  )
}
