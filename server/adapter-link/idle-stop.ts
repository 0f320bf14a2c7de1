const idleStopMs = 10 * 60_000

/** Calls `stop` after ten minutes in which nobody asked for the process and nobody held it. */
export interface IdleStop {
  /** The process was asked for: the ten minutes begin anew. */
  touch(): void
  /** No stop until the returned function is called; holds add up. */
  hold(): () => void
  cancel(): void
}

export function createIdleStop(stop: () => void): IdleStop {
  let holds = 0
  let timer: NodeJS.Timeout | undefined
  const cancel = () => clearTimeout(timer)
  const touch = () => {
    cancel()
    if (holds === 0) timer = setTimeout(stop, idleStopMs).unref()
  }
  const hold = () => {
    holds++
    cancel()
    return () => {
      holds--
      touch()
    }
  }
  return { touch, hold, cancel }
}
