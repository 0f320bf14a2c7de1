import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type GoTool, goTools } from './go-tools.js'
import { testbedCache } from './testbed-cache.js'

const toolsFolder = fileURLToPath(new URL('../tools', import.meta.url))

/** Environment of every go command: static binaries, and exactly the modules of go.sum with exactly this Go. */
export const goEnvironment = { CGO_ENABLED: '0', GOTOOLCHAIN: 'local', GOWORK: 'off', GOFLAGS: '-mod=readonly -buildvcs=false' } as const

/** Folder of a tool's sources: go.mod, go.sum and what is ours. */
export function sourceFolder(tool: GoTool): string {
  return join(toolsFolder, tool.module)
}

/** Folder in the cache that holds a tool, built or not; its name changes with sources, flags and Go version. */
export function toolFolder(tool: GoTool): string {
  const folder = sourceFolder(tool)
  const hash = createHash('sha256').update(JSON.stringify([tool, goEnvironment, goVersion(), process.arch]))
  for (const name of readdirSync(folder).sort()) {
    hash.update(`\0${name}\0`).update(readFileSync(join(folder, name)))
  }
  return join(testbedCache(), 'tools', `${tool.module}-${hash.digest('hex').slice(0, 16)}`)
}

/** Path of an executable or module file named in `goTools`. Throws when it is not in the table or not built. */
export function toolPath(name: string): string {
  const tool = goTools.find((candidate) => fileNames(candidate).includes(name))
  if (!tool) throw new Error(`the test bed has no tool ${name}`)
  const path = join(toolFolder(tool), name)
  if (!existsSync(path)) throw new Error(`${name} is not built; run npm run testbed:build`)
  return path
}

/** The files that a built tool consists of. */
export function fileNames(tool: GoTool): string[] {
  const binaries = tool.binaries.flatMap((binary) => [binary.name, ...(binary.links ?? [])])
  const files = tool.moduleFiles ?? []
  return [...binaries, ...files.map((file) => file.name)]
}

/** A folder is renamed into place when complete, so its existence is enough. */
export function isBuilt(tool: GoTool): boolean {
  return existsSync(toolFolder(tool))
}

let knownGoVersion: string | undefined

/** Like `go1.26.8`; empty without Go. */
export function goVersion(): string {
  knownGoVersion ??=
    spawnSync('go', ['env', 'GOVERSION'], { encoding: 'utf8', env: { ...process.env, ...goEnvironment } }).stdout?.trim() ?? ''
  return knownGoVersion
}
