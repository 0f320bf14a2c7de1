import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { expect, it } from 'vitest'
import { toolPath } from '../cluster/binaries/tool-path.js'
import { clusterTest } from '../cluster/cluster-test.js'
import { drawStandIn, standInSources } from './chart-stand-ins.js'

const describe = clusterTest('api', import.meta.url)
const charts = resolve(process.env.MESHWRIGHT_TEST_SHARED ?? '../shared', 'charts')

describe('stand-ins of charts', () => {
  it.each(standInSources)('$chart is what helm makes of the real chart', (source) => {
    const kept = JSON.parse(readFileSync(new URL(`../../sandbox/charts/${source.chart}.json`, import.meta.url), 'utf8'))
    expect(kept).toEqual(drawStandIn(source, { helm: toolPath('helm'), charts }))
  })
})
