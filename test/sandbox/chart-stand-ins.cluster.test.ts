import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { expect, it } from 'vitest'
import { type JsonMap, mapOf } from '../../sandbox/json.js'
import { readStandIn } from '../../sandbox/releases/chart-stand-ins.js'
import { toolPath } from '../cluster/binaries/tool-path.js'
import { clusterTest } from '../cluster/cluster-test.js'
import { drawStandIn, renderStandIn, standInSources } from './chart-stand-ins.js'

const describe = clusterTest('api', import.meta.url)
const charts = resolve(process.env.MESHWRIGHT_TEST_SHARED ?? '../shared', 'charts')

describe('stand-ins of charts', () => {
  it.each(standInSources)('$chart $version is drawn from the real chart', (source) => {
    const kept = JSON.parse(readFileSync(new URL(`../../sandbox/charts/${source.chart}-${source.version}.json`, import.meta.url), 'utf8'))
    expect(kept).toEqual(drawStandIn(source, { helm: toolPath('helm'), charts }))
  })

  it.each(standInSources)('$chart $version is installed in $namespace as helm would', (source) => {
    const place = { release: 'web', namespace: source.namespace }
    const installed = readStandIn({ ...source, ...place })
    const rendered = renderStandIn(source, { helm: toolPath('helm'), charts }, place)
    expect(installed?.definitions).toEqual(rendered.definitions)
    expect(installed?.objects).toEqual(rendered.objects.map((object) => withMarks(object, place)))
  })
})

/** As helm marks what it installs. */
function withMarks(object: JsonMap, { release, namespace }: { release: string; namespace: string }): JsonMap {
  const metadata = mapOf(object.metadata)
  const annotations = {
    ...mapOf(metadata.annotations),
    'meta.helm.sh/release-name': release,
    'meta.helm.sh/release-namespace': namespace,
  }
  return {
    ...object,
    metadata: { ...metadata, annotations, labels: { ...mapOf(metadata.labels), 'app.kubernetes.io/managed-by': 'Helm' } },
  }
}
