import { relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe } from 'vitest'
import type { Level } from './binaries/levels.js'
import { requirements } from './requirements.js'

/**
 * The `describe` of tests that need a cluster level, for a test file's `import.meta.url`.
 * Where the machine lacks something it skips the whole file and says so once; in CI it throws, so the file fails.
 */
export function clusterTest(level: Level, fileUrl: string): typeof describe | typeof describe.skip {
  const state = requirements(level)
  if (state.ok) return describe
  const text = `${relative(process.cwd(), fileURLToPath(fileUrl))}: needs ${state.missing}`
  if (process.env.CI === 'true') throw new Error(text)
  process.stderr.write(`SKIPPED ${text}\n`)
  return describe.skip
}
