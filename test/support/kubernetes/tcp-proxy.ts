import { connect, createServer, type Socket } from 'node:net'

export interface TcpProxy {
  port: number
  /** Ends all connections and refuses new ones, until `mend`. */
  cut(): void
  mend(): void
  close(): Promise<void>
}

/** A network that a test can break, in front of a port of this machine. */
export async function startTcpProxy(targetPort: number): Promise<TcpProxy> {
  let isCut = false
  const sockets = new Set<Socket>()
  const server = createServer((inner) => {
    if (isCut) {
      inner.resetAndDestroy()
      return
    }
    const outer = connect(targetPort, '127.0.0.1')
    for (const [one, other] of [
      [inner, outer],
      [outer, inner],
    ] as const) {
      sockets.add(one)
      one.on('error', () => other.destroy())
      one.on('close', () => {
        sockets.delete(one)
        other.destroy()
      })
      one.pipe(other)
    }
  })
  const cut = () => {
    isCut = true
    for (const socket of sockets) socket.resetAndDestroy()
  }
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  return {
    port: typeof address === 'object' ? (address?.port ?? 0) : 0,
    cut,
    mend: () => {
      isCut = false
    },
    close: async () => {
      cut()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
