import { it } from 'vitest'

/**
 * `it` for a long form: a rarer way to what a shorter test of the same file shows, or the same many times over. It is there
 * under `npm run test:soak` only, whose last result is kept in test/soak/result.json; the gate neither runs nor counts it.
 */
export const longForm: (name: string, run: () => Promise<void>) => void =
  process.env.MESHWRIGHT_LONG_FORMS === '1' ? (name, run) => it(name, run, 60 * 60_000) : () => undefined
