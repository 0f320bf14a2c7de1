#!/usr/bin/env node
// npm run build: generate, compile, describe, bundle; only what changed. Takes a fraction of a second when nothing did.
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { withBuildLock } from './build-lock.mjs'
import { stageHash, stages } from './build-stages.mjs'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const keepGoing = process.argv.includes('--keep-going')
const stampFolder = 'dist/.build'

process.chdir(root)
mkdirSync(stampFolder, { recursive: true })
await withBuildLock(stampFolder, async () => {
  for (const stage of stages) await build(stage)
})

async function build(stage) {
  const hash = stageHash(stage)
  if (existsSync(stage.product) && readStamp(stage) === hash) return
  const start = performance.now()
  // A stage that is cut off runs again, whatever of its product is there.
  rmSync(stampFile(stage), { force: true })
  try {
    await stage.run()
  } catch (error) {
    process.stderr.write(`build: ${stage.name} failed: ${error.message}\n`)
    if (keepGoing) return
    process.exit(1)
  }
  writeFileSync(stampFile(stage), hash)
  process.stderr.write(`build: ${stage.name} ${((performance.now() - start) / 1000).toFixed(1)} s\n`)
}

function readStamp(stage) {
  return existsSync(stampFile(stage)) ? readFileSync(stampFile(stage), 'utf8') : ''
}

function stampFile(stage) {
  return `${stampFolder}/${stage.name}.stamp`
}
