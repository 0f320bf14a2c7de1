import { chmod, lstat, readdir, rm, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import type { GoBinary, GoTool } from './go-tools.js'
import { moveIntoPlace, newWorkFolder } from './testbed-cache.js'
import { goEnvironment, sourceFolder, toolFolder } from './tool-path.js'

/** Builds one tool into the cache; a second builder at the same time does the work twice, without harm. */
export async function buildGoTool(tool: GoTool): Promise<{ folder: string; bytes: number }> {
  const folder = toolFolder(tool)
  const building = await newWorkFolder()
  try {
    for (const binary of tool.binaries) await buildBinary(tool, binary, building)
    for (const { module, path, name } of tool.moduleFiles ?? []) {
      const { stdout } = await go(tool, ['list', '-m', '-f', '{{.Dir}}', module])
      await copyWritable(join(stdout, path), join(building, name))
    }
    // Images run these as other users.
    await chmod(building, 0o755)
    await moveIntoPlace(building, folder)
  } finally {
    await rm(building, { recursive: true, force: true })
  }
  return { folder, bytes: await folderBytes(folder) }
}

async function buildBinary(tool: GoTool, binary: GoBinary, folder: string): Promise<void> {
  const ldflags = ['-s', '-w', ...(binary.ldflags ?? [])].join(' ')
  const tags = (binary.tags ?? []).join(',')
  await go(tool, ['build', '-trimpath', '-tags', tags, '-ldflags', ldflags, '-o', join(folder, binary.name), binary.package])
  for (const name of binary.links ?? []) await symlink(binary.name, join(folder, name))
}

function go(tool: GoTool, argv: string[]) {
  return execa('go', argv, { cwd: sourceFolder(tool), env: goEnvironment })
}

// What lies in Go's module cache is read-only, folders too; nobody could remove such a copy again.
async function copyWritable(from: string, to: string): Promise<void> {
  await execa('cp', ['--recursive', '--no-preserve=mode', from, to])
}

async function folderBytes(folder: string): Promise<number> {
  const names = await readdir(folder)
  const stats = await Promise.all(names.map((name) => lstat(join(folder, name))))
  return stats.reduce((sum, file) => sum + file.size, 0)
}
