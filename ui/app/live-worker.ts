import type { LiveMessage, TabMessage } from './live-messages.js'
import { LiveStream } from './live-stream.js'

// The SharedWorker: it owns the session and the one event stream of all tabs. A stream per tab would use up the six
// connections that a browser allows to one host, and the seventh tab would never load.

declare const self: SharedWorkerGlobalScope
interface SharedWorkerGlobalScope {
  onconnect: ((event: MessageEvent) => void) | null
  addEventListener(type: 'online', listener: () => void): void
}

const tabs = new Set<MessagePort>()
const stream = new LiveStream((message) => {
  for (const tab of tabs) tab.postMessage(message)
})

self.onconnect = (event) => {
  const port = event.ports[0]
  if (!port) return
  port.onmessage = ({ data }: MessageEvent<TabMessage>) => answer(port, data)
}
self.addEventListener('online', () => stream.hurry())

function answer(port: MessagePort, message: TabMessage): void {
  if (message.type === 'join') welcome(port)
  else if (message.type === 'leave') tabs.delete(port)
  else if (message.type === 'refused') stream.refuse(message.token)
  else {
    stream.signIn(message.token)
    for (const tab of tabs) tab.postMessage({ type: 'session', token: message.token } satisfies LiveMessage)
  }
}

// State first, session last: with the session a tab knows all that the worker knows.
function welcome(port: MessagePort): void {
  const session: LiveMessage = stream.token === undefined ? { type: 'no-session' } : { type: 'session', token: stream.token }
  tabs.add(port)
  port.postMessage(stream.stateMessage)
  port.postMessage(session)
}
