// A stand-in for an adapter process: gets ready, and ends when its parent's pipe closes, as the contract asks.
process.stdout.write(`${JSON.stringify({ ready: true, incarnation: String(process.pid) })}\n`)
process.stdin.resume().on('end', () => process.exit(0))
