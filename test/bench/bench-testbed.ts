import { readFileSync, writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { requirements } from '../cluster/requirements.js'
import { describeMachine } from './figures.js'
import { measureInstall } from './measure-install.js'
import { measureSandboxMemory } from './measure-sandbox-memory.js'
import { measureSimulated } from './measure-simulated.js'
import { measureBed, measureBuild, measureLevels } from './measure-testbed.js'
import { bedTable, buildTable, installTable, levelTable, memoryTable, simulatedTable } from './testbed-tables.js'

// npm run bench:testbed [-- --rounds 5 --only simulated]: what the two worlds to run in cost, kept as a page in test/bench/results.
// Takes a quarter of an hour; needs the whole test bed (npm run testbed:build -- --all --apt) and Chromium. With --only, the other
// sections of the page stay; each says when it was measured.

const shared = 'Proportional MiB: what processes share is counted once.'
const parts = ['simulated', 'levels', 'beds', 'install', 'build']
const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '5' }, only: { type: 'string', multiple: true, default: parts } },
})
const rounds = Number(values.rounds)
const isWanted = (part: string) => values.only.includes(part)
const ready = requirements('all')
if (!ready.ok) throw new Error(`bench:testbed needs ${ready.missing}`)

const page = 'test/bench/results/testbed.md'
const { cpu, cores, memoryGiB, kernel, node, commit } = describeMachine()
const measured = [
  `Measured on ${new Date().toISOString()}:`,
  `${cpu}, ${cores} cores, ${memoryGiB} GiB, Linux ${kernel}, Node ${node.slice(1)}, commit ${commit}.`,
].join(' ')
const [intro = '', ...old] = readFileSync(page, 'utf8')
  .trim()
  .split(/\n\n(?=## )/)
const sections = new Map(old.map((section) => [section.slice('## '.length, section.indexOf('\n')), section]))
const tell = (title: string, ...lines: string[]) => {
  const section = [`## ${title}`, measured, ...lines].join('\n\n')
  sections.set(title, section)
  process.stdout.write(`${section}\n\n`)
  // After each section: what was measured stays when a later part fails.
  writeFileSync(page, `${[intro, ...sections.values()].join('\n\n')}\n`)
}

if (isWanted('simulated')) tell('The simulated cluster', simulatedTable(await measureSimulated(rounds), await measureSandboxMemory(2_000)))
if (isWanted('levels')) {
  const levels = await measureLevels(rounds)
  tell('Start and stop of each level', levelTable(levels))
  tell('Memory of each level by program', shared, memoryTable([...levels].map(([level, { memory }]) => [level, memory])))
}
if (isWanted('beds')) {
  const beds = { Istio: await measureBed('istio'), 'Open Service Mesh': await measureBed('osm'), Kuma: await measureBed('kuma') }
  tell('A node with a mesh and an application in two versions in it', bedTable(beds))
  tell('Memory of such a node by program', shared, memoryTable(Object.entries(beds).map(([mesh, { memory }]) => [mesh, memory])))
}
if (isWanted('install')) {
  tell(
    'Istio 1.30.3 with a gateway, in turn on one node',
    installTable(await measureInstall(rounds)),
    'A round of either kind that takes 15 s longer waits in the gateway: its Envoy starts with what it has when istiod does not send a resource within its 15 s.',
  )
}
if (isWanted('build')) tell('Build', buildTable(await measureBuild()))
