// npx tsx test/sandbox/write-stand-ins.ts: draws sandbox/charts anew from the real charts. Needs the test bed's helm.
import { writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { toolPath } from '../cluster/binaries/tool-path.js'
import { drawStandIn, standInSources } from './chart-stand-ins.js'

const charts = resolve(process.env.MESHWRIGHT_TEST_SHARED ?? '../shared', 'charts')

for (const source of standInSources) {
  const file = fileURLToPath(new URL(`../../sandbox/charts/${source.chart}-${source.version}.json`, import.meta.url))
  writeFileSync(file, `${JSON.stringify(drawStandIn(source, { helm: toolPath('helm'), charts }), null, 1)}\n`)
}
