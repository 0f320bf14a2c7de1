import type { LiveMessage, TabMessage } from './live-messages.js'
import { LiveStream } from './live-stream.js'

/** This tab's end of the live updates: over the SharedWorker, or by a stream of its own where the browser has none. */
export interface LiveLink {
  send(message: TabMessage): void
}

export function openLiveLink(onMessage: (message: LiveMessage) => void): LiveLink {
  return typeof SharedWorker === 'undefined' ? ownStream(onMessage) : sharedStream(onMessage)
}

function sharedStream(onMessage: (message: LiveMessage) => void): LiveLink {
  const worker = new SharedWorker(new URL('./live-worker.ts', import.meta.url), { type: 'module', name: 'meshwright-live' })
  worker.port.onmessage = ({ data }: MessageEvent<LiveMessage>) => onMessage(data)
  const send = (message: TabMessage) => worker.port.postMessage(message)
  send({ type: 'join' })
  // A tab in the back-forward cache is frozen: it leaves, so that messages do not pile up at its port, and joins again.
  addEventListener('pagehide', () => send({ type: 'leave' }))
  addEventListener('pageshow', (event) => {
    if (!event.persisted) return
    send({ type: 'join' })
    onMessage({ type: 'reset' })
  })
  return { send }
}

function ownStream(onMessage: (message: LiveMessage) => void): LiveLink {
  const stream = new LiveStream(onMessage)
  addEventListener('online', () => stream.hurry())
  addEventListener('pagehide', () => stream.close())
  // Out of the back-forward cache the page is as it was, but its stream is closed.
  addEventListener('pageshow', (event) => {
    if (event.persisted) stream.restart()
  })
  queueMicrotask(() => onMessage({ type: 'no-session' }))
  return {
    send(message) {
      if (message.type === 'sign-in') stream.signIn(message.token)
      else if (message.type === 'refused') stream.refuse(message.token)
    },
  }
}
