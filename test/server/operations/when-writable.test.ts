import pino from 'pino'
import { describe, expect, it } from 'vitest'
import { whenWritable } from '../../../server/operations/when-writable.js'

const diskFull = () => Object.assign(new Error('database or disk is full'), { code: 'SQLITE_FULL' })
const deps = (closing = new AbortController().signal) => ({ log: pino({ level: 'silent' }), closing })

describe('what must be written', () => {
  it('is written once there is room on the disk again', async () => {
    let tries = 0
    await whenWritable(deps(), () => {
      tries += 1
      if (tries === 1) throw diskFull()
    })
    expect(tries).toBe(2)
  })

  it('is given up when the server closes: the next start finds it', async () => {
    const closing = new AbortController()
    const waiting = whenWritable(deps(closing.signal), () => {
      throw diskFull()
    })
    closing.abort()
    await expect(waiting).rejects.toThrow(/abort/i)
  })

  it('is not tried again after another fault', async () => {
    let tries = 0
    const work = () => {
      tries += 1
      throw new Error('a fault of ours')
    }
    await expect(whenWritable(deps(), work)).rejects.toThrow('a fault of ours')
    expect(tries).toBe(1)
  })
})
