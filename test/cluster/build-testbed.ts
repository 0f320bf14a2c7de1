import { parseArgs } from 'node:util'
import { buildGoTool } from './binaries/build-go-tool.js'
import { installCommand, installPackages, missingPackages } from './binaries/debian-packages.js'
import { fetchEnvoy, isEnvoyFetched } from './binaries/fetch-envoy.js'
import { goTools, includesLevel, type Level, levels } from './binaries/go-tools.js'
import { pruneCache } from './binaries/prune-cache.js'
import { testbedCache } from './binaries/testbed-cache.js'
import { goVersion, isBuilt } from './binaries/tool-path.js'

// npm run testbed:build [-- --level api|node|istio] [--apt]: builds what the cache lacks.
const { values } = parseArgs({ options: { level: { type: 'string', default: 'istio' }, apt: { type: 'boolean', default: false } } })
const level = levels.find((candidate) => candidate === values.level)
if (!level) throw new Error(`--level must be one of ${levels.join(', ')}`)
await build(level, values.apt)

async function build(level: Level, apt: boolean): Promise<void> {
  await checkPackages(level, apt)
  if (goVersion() === '') throw new Error('the test bed is built with Go 1.26, and there is no go command')
  const start = performance.now()
  for (const tool of goTools.filter((candidate) => includesLevel(level, candidate.level) && !isBuilt(candidate))) {
    await timed(tool.module, () => buildGoTool(tool))
  }
  if (includesLevel(level, 'istio') && !isEnvoyFetched()) await timed('envoy', fetchEnvoy)
  await pruneCache()
  print(`test bed (${level}) ready in ${testbedCache()}, ${seconds(start)} s`)
}

async function checkPackages(level: Level, apt: boolean): Promise<void> {
  const missing = missingPackages(level)
  if (missing.length === 0) return
  print(`missing Debian packages, ${apt ? 'running' : 'run'}: ${installCommand(missing)}`)
  if (apt) await installPackages(missing)
}

async function timed(name: string, work: () => Promise<{ bytes: number }>): Promise<void> {
  const start = performance.now()
  print(`${name}: …`)
  const { bytes } = await work()
  print(`${name}: ${seconds(start)} s, ${(bytes / 2 ** 20).toFixed(1)} MiB`)
}

function seconds(start: number): string {
  return ((performance.now() - start) / 1000).toFixed(1)
}

function print(line: string): void {
  process.stdout.write(`${line}\n`)
}
