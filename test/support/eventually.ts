import { setTimeout as sleep } from 'node:timers/promises'

/** The first value that is as wanted, looked at every 50 ms; after 30 s it throws with the last one. */
export async function eventually<Value>(look: () => Promise<Value>, isWanted: (value: Value) => boolean): Promise<Value> {
  for (const endAt = Date.now() + 30_000; ; await sleep(50)) {
    const value = await look()
    if (isWanted(value)) return value
    if (Date.now() > endAt) throw new Error(`never as wanted; last seen: ${JSON.stringify(value, null, 1)?.slice(0, 4000)}`)
  }
}
