import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Files below the folders whose name ends so, in a stable order; a folder that does not exist has none. */
export function findFiles(folders, ending) {
  return folders.flatMap((folder) => (existsSync(folder) ? walk(folder, ending) : [])).sort()
}

/** SHA-256 over names and contents; a missing file counts as such. */
export function hashFiles(files) {
  const hash = createHash('sha256')
  for (const file of files) {
    hash.update(`\0${file}\0`)
    hash.update(existsSync(file) ? readFileSync(file) : 'missing')
  }
  return hash.digest('hex')
}

function walk(folder, ending) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) return walk(path, ending)
    return entry.isFile() && entry.name.endsWith(ending) ? [path] : []
  })
}
