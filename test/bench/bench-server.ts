import { parseArgs } from 'node:util'
import { isMissing } from '../support/missing-tool.js'
import { describeMachine, type Figure, figure, keepFigures, printFigure } from './figures.js'
import { measureInstall } from './measure-install.js'
import { measurePage } from './measure-page.js'
import { measureStart } from './measure-start.js'

// npm run bench:server [-- --rounds 3]: the figures that a user feels, printed with the machine and kept as JSON. Build first.
// Part of a machine that lacks a test bed or a browser is left out, and said so.

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '3' } } })
const machine = describeMachine()
process.stdout.write(`${JSON.stringify(machine)}\n`)
const figures: Figure[] = []
const tell = (one: Figure) => {
  figures.push(one)
  printFigure(one)
}

const starts = await measureStart({ rounds: 7, settle: true })
tell(
  figure(
    'server start to /readyz',
    starts.map(({ readyMs }) => readyMs / 1000),
    { unit: 's', goal: 1.5 },
  ),
)
const settled = starts.map(({ idleRssMb }) => idleRssMb).filter((value) => !Number.isNaN(value))
tell(figure('resident memory, idle', settled, { unit: 'MiB', goal: 160 }))

if (!isMissing('chromium')) tell(figure('REST change to browser row', await measurePage(20), { unit: 'ms', goal: 300 }))

if (!isMissing('node-cluster') && !isMissing('shared')) {
  const { oursMs, planMs, byHandMs, rssMb } = await measureInstall(Number(values.rounds))
  const seconds = (samples: number[]) => samples.map((ms) => ms / 1000)
  const plan = figure('Istio plan', seconds(planMs), { unit: 's' })
  const ours = figure('Istio install through us', seconds(oursMs), { unit: 's' })
  const byHand = figure('Istio install by hand', seconds(byHandMs), { unit: 's' })
  for (const one of [plan, ours, byHand]) tell(one)
  tell(figure('through us ÷ by hand (medians)', [ours.median / byHand.median], { unit: '×', goal: 1.25 }))
  tell(figure('resident memory, one cluster with Istio', [rssMb], { unit: 'MiB' }))
}

process.stdout.write(`kept in ${keepFigures('server', machine, figures)}\n`)
