import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { createIdleStop } from '../../../server/adapter-link/idle-stop.js'

const minute = 60_000

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

/** How often the process was stopped so far. */
function idle() {
  const stop = vi.fn()
  return { ...createIdleStop(stop), stops: () => stop.mock.calls.length }
}

it('stops a process ten minutes after it was last asked for, once', () => {
  const { touch, stops } = idle()
  touch()
  vi.advanceTimersByTime(9 * minute)
  touch()
  vi.advanceTimersByTime(10 * minute - 1)
  expect(stops()).toBe(0)
  vi.advanceTimersByTime(1)
  expect(stops()).toBe(1)
  vi.advanceTimersByTime(60 * minute)
  expect(stops()).toBe(1)
})

it('stops nothing that nobody has asked for yet', () => {
  const { stops } = idle()
  vi.advanceTimersByTime(60 * minute)
  expect(stops()).toBe(0)
})

it('stops nothing while somebody holds it, however often it is asked for; the ten minutes begin with the last release', () => {
  const { touch, hold, stops } = idle()
  touch()
  const first = hold()
  const second = hold()
  touch()
  vi.advanceTimersByTime(60 * minute)
  first()
  vi.advanceTimersByTime(60 * minute)
  expect(stops()).toBe(0)
  second()
  vi.advanceTimersByTime(10 * minute - 1)
  expect(stops()).toBe(0)
  vi.advanceTimersByTime(1)
  expect(stops()).toBe(1)
})

it('stops nothing after it was cancelled, until it is asked for again', () => {
  const { touch, cancel, stops } = idle()
  touch()
  cancel()
  vi.advanceTimersByTime(60 * minute)
  expect(stops()).toBe(0)
  touch()
  vi.advanceTimersByTime(10 * minute)
  expect(stops()).toBe(1)
})
