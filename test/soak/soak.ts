import { readFileSync, writeFileSync } from 'node:fs'
import { relative } from 'node:path'
import { execa } from 'execa'
import { z } from 'zod'
import { describeMachine } from '../bench/figures.js'
import { listFiles } from '../support/source-files.js'

// npm run test:soak: every test file that has long forms, with them. The result is kept, with the day and the machine.

const report = 'test-results/soak.json'
const kept = 'test/soak/result.json'
const Report = z.object({
  testResults: z.array(
    z.object({
      name: z.string(),
      assertionResults: z.array(z.object({ fullName: z.string(), status: z.string(), duration: z.number().nullish() })),
    }),
  ),
})

const machine = describeMachine()
const files = listFiles().filter((file) => file.endsWith('.test.ts') && readFileSync(file, 'utf8').includes('long-form.js'))
const { exitCode } = await execa(
  'npx',
  ['vitest', 'run', '--project', 'cluster', '--reporter=default', '--reporter=json', `--outputFile.json=${report}`, ...files],
  { env: { MESHWRIGHT_LONG_FORMS: '1' }, stdio: 'inherit', reject: false },
)
const { testResults } = Report.parse(JSON.parse(readFileSync(report, 'utf8')))
const tests = testResults.flatMap(({ name, assertionResults }) =>
  assertionResults.map(({ fullName, status, duration }) => ({
    ...{ file: relative('.', name), test: fullName, status, seconds: Math.round((duration ?? 0) / 1000) },
  })),
)
writeFileSync(kept, `${JSON.stringify({ ranAt: new Date().toISOString(), machine, tests }, null, 2)}\n`)
process.stdout.write(`kept in ${kept}\n`)
process.exitCode = exitCode ?? 1
