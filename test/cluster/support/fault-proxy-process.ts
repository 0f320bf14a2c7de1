import { connect, createServer, type Socket } from 'node:net'
import process from 'node:process'
import { createInterface } from 'node:readline'

// Relays TCP from a port of its own to HOST PORT, inside a node's namespaces. Prints its port; then a line on stdin sets how it behaves:
// `open` relays, `cut` resets what is open and refuses what is new, `silent` keeps connections and lets no byte through, as a lost route would.
// Ends with its standard input.

type Mode = 'open' | 'cut' | 'silent'

const [host = '', port = ''] = process.argv.slice(2)
const pairs = new Set<readonly [Socket, Socket]>()
let mode: Mode = 'open'

const server = createServer({ pauseOnConnect: true }, (near) => {
  if (mode === 'cut') {
    near.resetAndDestroy()
    return
  }
  const pair = [near, connect({ host, port: Number(port) })] as const
  pairs.add(pair)
  relay(pair, pair[0], pair[1])
  relay(pair, pair[1], pair[0])
  if (mode === 'open') near.resume()
  else pair[1].pause()
})

function relay(pair: readonly [Socket, Socket], from: Socket, to: Socket): void {
  from.on('data', (bytes) => {
    if (!to.write(bytes)) from.pause()
  })
  to.on('drain', () => {
    if (mode === 'open') from.resume()
  })
  from.on('end', () => to.end())
  from.on('error', () => to.destroy())
  from.on('close', () => {
    to.destroySoon()
    pairs.delete(pair)
  })
}

function setMode(next: Mode): void {
  mode = next
  for (const socket of [...pairs].flat()) {
    if (mode === 'cut') socket.resetAndDestroy()
    else if (mode === 'silent') socket.pause()
    else socket.resume()
  }
  process.stdout.write(`${mode}\n`)
}

server.listen(0, () => {
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the fault proxy has no port')
  process.stdout.write(`${address.port}\n`)
})
const orders = createInterface(process.stdin)
orders.on('line', (line) => {
  if (line === 'open' || line === 'cut' || line === 'silent') setMode(line)
  else throw new Error(`the fault proxy knows open, cut and silent, not ${JSON.stringify(line)}`)
})
orders.on('close', () => process.exit())
