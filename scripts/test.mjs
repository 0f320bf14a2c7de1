#!/usr/bin/env node
// npm test [-- vitest arguments]: builds, then runs every test that needs nothing but Node.
// What a test lacks (helm, a test bed, Chromium) is named once at the end; with CI=true it fails instead.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { prepare } from './prepare.mjs'
import { runTool } from './run-tool.mjs'
import { readSkipped } from './skipped-tests.mjs'

const projects = ['unit', 'process']
const elsewhere =
  'tests on a real Kubernetes (npm run test:cluster; needs npm run testbed:build) and in a browser (npm run test:browser; needs Chromium); .ci/run runs all'

await prepare()
const skips = mkdtempSync(join(tmpdir(), 'meshwright-skips-'))
process.env.MESHWRIGHT_TEST_SKIPS = skips
const selection = projects.flatMap((project) => ['--project', project])
const failure = await runTool('vitest/vitest.mjs', ['run', ...selection, ...process.argv.slice(2)], { output: 'stdout' }).catch(
  (error) => error,
)
for (const line of readSkipped(skips)) process.stderr.write(`SKIPPED: ${line}\n`)
rmSync(skips, { recursive: true })
if (process.env.CI !== 'true') process.stderr.write(`NOT RUN: ${elsewhere}\n`)
process.exitCode = failure instanceof Error ? 1 : 0
