import { parseArgs } from 'node:util'
import { describeMachine, type Figure, figure, keepFigures, printFigure } from './figures.js'
import { measureDetection } from './measure-detection.js'
import { type MeshByCharts, measureLifecycle } from './measure-lifecycle.js'

// npm run bench:lifecycle [-- --rounds 3]: what Meshwright adds to helm for each mesh, and what detection costs. Needs the test bed
// and the charts for tests. Linkerd is left out: by hand somebody makes its certificates first, which is not helm's time.

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '3' } } })
const machine = describeMachine()
const figures: Figure[] = []
const tell = (one: Figure) => {
  figures.push(one)
  printFigure(one)
}

const webhooks = { base: { validationFailurePolicy: 'Fail' } }
const meshes: readonly MeshByCharts[] = [
  {
    mesh: 'istio',
    version: '1.30.3',
    releases: [
      { chart: 'base', release: 'istio-base', namespace: 'istio-system', values: webhooks },
      { chart: 'istiod', release: 'istiod', namespace: 'istio-system', values: webhooks },
    ],
  },
  { mesh: 'kuma', version: '2.14.3', releases: [{ chart: 'kuma', release: 'kuma', namespace: 'kuma-system', values: {} }] },
  {
    mesh: 'consul',
    version: '2.0.3',
    releases: [{ chart: 'consul', release: 'consul', namespace: 'consul', values: { global: { name: 'consul' } } }],
  },
]

tell(figure('detection of 4 meshes among 5,000 pods', await measureDetection(5_000, 20), { unit: 'ms', goal: 100 }))
for (const mesh of meshes) {
  const { planMs, oursMs, byHandMs, adapterMiB } = await measureLifecycle(mesh, Number(values.rounds))
  const seconds = (samples: readonly number[]) => samples.map((ms) => ms / 1000)
  const ours = figure(`${mesh.mesh}: install through us`, seconds(oursMs), { unit: 's' })
  const byHand = figure(`${mesh.mesh}: install by hand`, seconds(byHandMs), { unit: 's' })
  tell(figure(`${mesh.mesh}: plan`, seconds(planMs), { unit: 's', ...(mesh.mesh === 'consul' ? { goal: 8 } : {}) }))
  tell(ours)
  tell(byHand)
  tell(figure(`${mesh.mesh}: through us ÷ by hand (medians)`, [ours.median / byHand.median], { unit: '×', goal: 1.25 }))
  tell(figure(`${mesh.mesh}: adapter, resident`, [adapterMiB], { unit: 'MiB', goal: 90 }))
}
process.stdout.write(`kept in ${keepFigures('lifecycle', machine, figures)}\n`)
