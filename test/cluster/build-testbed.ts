import { parseArgs } from 'node:util'
import { buildGoTool } from './binaries/build-go-tool.js'
import { keepBuildTime } from './binaries/build-times.js'
import { installCommand, installPackages, missingPackages } from './binaries/debian-packages.js'
import { fetchEnvoy, isEnvoyFetched } from './binaries/fetch-envoy.js'
import { goTools } from './binaries/go-tools.js'
import { includesLevel, type Level, levels } from './binaries/levels.js'
import { pruneCache } from './binaries/prune-cache.js'
import { testbedCache } from './binaries/testbed-cache.js'
import { goVersion, isBuilt } from './binaries/tool-path.js'

// npm run testbed:build [-- --level api|node|istio|… | --all] [--apt]: builds what the cache lacks.
const { values } = parseArgs({
  options: {
    level: { type: 'string', default: 'istio' },
    all: { type: 'boolean', default: false },
    apt: { type: 'boolean', default: false },
  },
})
const wanted = values.all ? 'all' : values.level
const level = levels.find((candidate) => candidate === wanted)
if (!level) throw new Error(`--level must be one of ${levels.join(', ')}`)
await build(level, values.apt)

async function build(level: Level, apt: boolean): Promise<void> {
  await checkPackages(level, apt)
  if (goVersion() === '') throw new Error('the test bed is built with Go 1.26, and there is no go command')
  const start = performance.now()
  const works = [
    ...goTools
      .filter((tool) => includesLevel(level, tool.level) && !isBuilt(tool))
      .map((tool) => ({ name: tool.module, work: () => buildGoTool(tool) })),
    ...(includesLevel(level, 'envoy') && !isEnvoyFetched() ? [{ name: 'envoy', work: fetchEnvoy }] : []),
  ]
  for (const [index, { name, work }] of works.entries()) await timed(`${name} (${index + 1} of ${works.length})`, name, work)
  await pruneCache()
  print(`test bed (${level}) ready in ${testbedCache()}, ${secondsSince(start).toFixed(1)} s`)
}

async function checkPackages(level: Level, apt: boolean): Promise<void> {
  const missing = missingPackages(level)
  if (missing.length === 0) return
  print(`missing Debian packages, ${apt ? 'running' : 'run'}: ${installCommand(missing)}`)
  if (apt) await installPackages(missing)
}

async function timed(title: string, name: string, work: () => Promise<{ bytes: number }>): Promise<void> {
  const start = performance.now()
  print(`${title}: …`)
  const { bytes } = await work()
  const seconds = secondsSince(start)
  await keepBuildTime(name, seconds)
  print(`${title}: ${seconds.toFixed(1)} s, ${(bytes / 2 ** 20).toFixed(1)} MiB`)
}

function secondsSince(start: number): number {
  return (performance.now() - start) / 1000
}

function print(line: string): void {
  process.stdout.write(`${line}\n`)
}
