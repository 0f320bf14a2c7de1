import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { hashFiles } from './source-hash.mjs'

// What node_modules was installed from: the lockfile, and the Node ABI that native modules were built for.
const root = dirname(dirname(fileURLToPath(import.meta.url)))
const file = join(root, 'node_modules', '.meshwright-stamp')

export function isInstalled() {
  return existsSync(file) && readFileSync(file, 'utf8') === stamp()
}

/** npm runs this after every install (package.json "postinstall"), by hand or by `npm start`. */
export function markInstalled() {
  writeFileSync(file, stamp())
}

function stamp() {
  return `${hashFiles([join(root, 'package-lock.json')])} abi ${process.versions.modules} ${process.platform}-${process.arch}\n`
}

if (process.argv[1] === fileURLToPath(import.meta.url)) markInstalled()
