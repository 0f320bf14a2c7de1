#!/usr/bin/env node
// Sums what the suites of .ci/run left in a folder: time against each one's share, then one plain line over all tests.
// Every failed test is named once more at the end, where it is looked for.
// A suite without a test report counts as one test, passed or failed. Fails when anything failed or was skipped.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import process from 'node:process'
import { stripVTControlCharacters } from 'node:util'

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

for (const { suite, failures } of suites) for (const failure of failures) print(`FAILED  ${suite}: ${failure}`)
const total = { passed: sum('passed'), failed: sum('failed'), skipped: sum('skipped') }
print(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`)
process.exitCode = total.failed + total.skipped > 0 || total.passed === 0 ? 1 : 0

function countTests({ suite, exitCode }) {
  const file = join(folder, `${suite}.report.json`)
  const alone = { passed: exitCode === 0 ? 1 : 0, failed: 0, skipped: 0, failures: [] }
  const counts = existsSync(file) ? readReport(readJson(file)) : alone
  // A suite can fail without a failed test: a file that does not load, an unhandled rejection.
  return exitCode !== 0 && counts.failed === 0 ? { ...counts, failed: 1, failures: [`ended with ${exitCode}`] } : counts
}

function readReport(report) {
  if (report.stats) return readPlaywright(report)
  const files = report.testResults.map((file) => ({ ...file, failed: file.assertionResults.filter(({ status }) => status === 'failed') }))
  return {
    passed: report.numPassedTests,
    failed: report.numFailedTests,
    skipped: report.numPendingTests + report.numTodoTests,
    failures: files.flatMap(({ status, name, message, failed }) =>
      status === 'failed' && failed.length === 0
        ? [`${relative('.', name)}: ${firstLine(message)}`]
        : failed.map(({ fullName, failureMessages }) => `${relative('.', name)} > ${fullName}: ${firstLine(failureMessages[0])}`),
    ),
  }
}

function readPlaywright(report) {
  const specs = report.suites.flatMap(function within({ specs: own = [], suites: inner = [] }) {
    return [...own, ...inner.flatMap(within)]
  })
  const { expected, unexpected, flaky, skipped } = report.stats
  return {
    ...{ passed: expected, failed: unexpected + flaky, skipped },
    failures: specs
      .filter(({ ok }) => !ok)
      .map(({ file, title, tests }) => {
        const [error] = tests.flatMap(({ results }) => results.flatMap(({ errors }) => errors))
        return `${file} > ${title}: ${firstLine(error?.message)}`
      }),
  }
}

function firstLine(text) {
  return stripVTControlCharacters(text ?? '')
    .split('\n')[0]
    .slice(0, 200)
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
