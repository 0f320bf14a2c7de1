import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'

const Package = z.object({ version: z.string() })

/** What the build knows of itself: `dist/build.json`, written by it. A tree without one is a developer's. */
const Build = z.object({ commit: z.string().default('unknown'), channel: z.enum(['stable', 'edge']).default('edge') })

/** What runs here, for the page, the command line and a report of a fault. */
export interface Product {
  version: string
  commit: string
  channel: 'stable' | 'edge'
}

/** Read once, at the start: a build that is replaced below a running server does not change what it says of itself. */
export function readProduct(distRoot: string): Product {
  const { version } = Package.parse(
    readJson(join(distRoot, 'package.json')) ?? readJson(join(distRoot, '..', 'package.json')) ?? { version: '0.0.0' },
  )
  return { version, ...Build.parse(readJson(join(distRoot, 'build.json')) ?? {}) }
}

function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}
