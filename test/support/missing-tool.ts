import { accessSync, constants, existsSync, writeFileSync } from 'node:fs'
import { delimiter, join, resolve } from 'node:path'
import process from 'node:process'
import { goTools } from '../cluster/binaries/go-tools.js'
import type { Level } from '../cluster/binaries/levels.js'
import { isBuilt, toolPath } from '../cluster/binaries/tool-path.js'
import { requirements } from '../cluster/requirements.js'

/** What a test may need beyond Node, and a fresh machine may lack. */
export type Tool = 'helm' | 'api-cluster' | 'node-cluster' | 'chromium' | 'shared'

/**
 * True where a tool is missing, for `describe.skipIf(isMissing('helm'))`: `npm test` then prints one loud line about it.
 * Throws instead where CI=true: there nothing may be skipped for want of a tool.
 */
export function isMissing(tool: Tool): boolean {
  const { find, without } = lookups[tool]
  if (find() !== undefined) return false
  if (process.env.CI === 'true') throw new Error(`CI lacks what a test needs: ${without}`)
  tell(tool, without)
  return true
}

/** helm 4: MESHWRIGHT_HELM, else the test bed's, else the one of PATH. */
export function findHelm(): string | undefined {
  return process.env.MESHWRIGHT_HELM ?? (isToolBuilt('helm') ? toolPath('helm') : findInPath('helm'))
}

export function findChromium(): string | undefined {
  return findInPath('chromium-headless-shell') ?? findInPath('chromium') ?? findInPath('chromium-browser') ?? findInPath('google-chrome')
}

/** The folder with charts and CRDs for tests: MESHWRIGHT_TEST_SHARED, else beside this repository. */
export function findShared(): string | undefined {
  const folder = resolve(process.env.MESHWRIGHT_TEST_SHARED ?? '../shared')
  return existsSync(join(folder, 'charts', 'index.yaml')) ? folder : undefined
}

const lookups: Record<Tool, { find: () => string | undefined; without: string }> = {
  helm: { find: findHelm, without: 'tests with helm, because no helm 4 is found: npm run testbed:build, or set MESHWRIGHT_HELM' },
  'api-cluster': {
    find: () => levelPresent('api'),
    without: 'tests on a real API server, because the test bed is not built: npm run testbed:build (needs Go 1.26)',
  },
  'node-cluster': {
    find: () => levelPresent('istio'),
    without: 'tests on a real node, because the test bed is not built: npm run testbed:build -- --apt (needs Go 1.26 and root)',
  },
  chromium: { find: findChromium, without: 'tests in a browser, because no Chromium is found: apt-get install chromium' },
  shared: { find: findShared, without: 'tests with mesh charts, because there is no ../shared/charts: set MESHWRIGHT_TEST_SHARED' },
}

function levelPresent(level: Level): string | undefined {
  return requirements(level).ok ? level : undefined
}

function isToolBuilt(module: string): boolean {
  return goTools.some((tool) => tool.module === module && isBuilt(tool))
}

function findInPath(name: string): string | undefined {
  const folders = (process.env.PATH ?? '').split(delimiter)
  return folders.map((folder) => join(folder, name)).find(isExecutable)
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

// Many test files lack the same tool; a file for each tool makes the line appear once.
function tell(tool: Tool, without: string): void {
  const folder = process.env.MESHWRIGHT_TEST_SKIPS
  if (folder) writeFileSync(join(folder, tool), without)
  else process.stderr.write(`SKIPPED: ${without}\n`)
}
