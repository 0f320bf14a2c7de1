import type { Server } from 'node:https'
import type { TLSSocket } from 'node:tls'

/**
 * Lets a client send its next large request while it still reads an answer. Node's HTTP server pauses its parser then, but its
 * TLS layer goes on to hand over the records that it has decrypted, the paused parser calls that an error (HPE_PAUSED), and the
 * connection is reset (seen on Node 20 and 24: helm lost a 60 kB change in every tenth resumed installation). A listener for `data`
 * makes the parser read from the stream, which holds back what comes after a pause, instead of from the TLS layer itself.
 */
export function respectBackpressure(server: Server): void {
  server.on('secureConnection', (socket: TLSSocket) => socket.on('data', ignore))
}

function ignore(): void {
  // The HTTP server listens to the same stream.
}
