#!/usr/bin/env node
// Sums what the suites of .ci/run left in a folder: time against each one's share, then one plain line over all tests.
// A suite without a test report counts as one test, passed or failed. Fails when anything failed or was skipped.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'

const [folder, totalSeconds] = process.argv.slice(2)
const budget = readJson(new URL('ci-budget.json', import.meta.url))

const suites = readdirSync(folder)
  .filter((name) => name.endsWith('.suite.json'))
  .map((name) => readJson(join(folder, name)))
  .map((suite) => ({ ...suite, ...countTests(suite) }))

for (const { suite, seconds, passed, failed, skipped } of suites) {
  const share = budget.suites[suite]
  const used = `${(seconds / 60).toFixed(1)}${share === undefined ? '' : ` of ${share}`} min`
  const over = share !== undefined && seconds > share * 60 ? '  OVER ITS SHARE' : ''
  print(`${suite.padEnd(16)} ${used.padEnd(16)} ${passed} passed, ${failed} failed, ${skipped} skipped${over}`)
}
if (totalSeconds)
  print(`all${' '.repeat(14)}${(Number(totalSeconds) / 60).toFixed(1)} min; ${budget.coldMinutes} cold, ${budget.warmMinutes} warm`)

const total = { passed: sum('passed'), failed: sum('failed'), skipped: sum('skipped') }
print(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`)
process.exitCode = total.failed + total.skipped > 0 || total.passed === 0 ? 1 : 0

function countTests({ suite, exitCode }) {
  const file = join(folder, `${suite}.report.json`)
  const counts = existsSync(file) ? readReport(readJson(file)) : { passed: exitCode === 0 ? 1 : 0, failed: 0, skipped: 0 }
  // A suite can fail without a failed test: a file that does not load, an unhandled rejection.
  return exitCode !== 0 && counts.failed === 0 ? { ...counts, failed: 1 } : counts
}

function readReport(report) {
  if (report.stats)
    return { passed: report.stats.expected, failed: report.stats.unexpected + report.stats.flaky, skipped: report.stats.skipped }
  return { passed: report.numPassedTests, failed: report.numFailedTests, skipped: report.numPendingTests + report.numTodoTests }
}

function sum(key) {
  return suites.reduce((total, suite) => total + suite[key], 0)
}

function readJson(file) {
  return JSON.parse(readFileSync(file, 'utf8'))
}

function print(line) {
  process.stdout.write(`${line}\n`)
}
