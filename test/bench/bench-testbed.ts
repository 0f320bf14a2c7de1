import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { requirements } from '../cluster/requirements.js'
import { describeMachine } from './figures.js'
import { measureInstall } from './measure-install.js'
import { measureSandboxMemory } from './measure-sandbox-memory.js'
import { measureSimulated } from './measure-simulated.js'
import { measureBed, measureBuild, measureLevels } from './measure-testbed.js'
import { bedTable, buildTable, installTable, levelTable, memoryTable, simulatedTable } from './testbed-tables.js'

// npm run bench:testbed [-- --rounds 5]: what the two worlds to run in cost, kept as a page in test/bench/results.
// Takes a quarter of an hour; needs the whole test bed (npm run testbed:build -- --all --apt) and Chromium.

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '5' } } })
const rounds = Number(values.rounds)
const ready = requirements('all')
if (!ready.ok) throw new Error(`bench:testbed needs ${ready.missing}`)

const { cpu, cores, memoryGiB, kernel, node, commit } = describeMachine()
const page = [
  '# What the two worlds to run in cost',
  [
    `Written by \`npm run bench:testbed\` on ${new Date().toISOString()}:`,
    `${cpu}, ${cores} cores, ${memoryGiB} GiB, Linux ${kernel}, Node ${node.slice(1)}, commit ${commit}.`,
    'Medians, with the least and the most in brackets. No test asserts any of it.',
  ].join('\n'),
]
const tell = (title: string, ...lines: string[]) => {
  const section = [`## ${title}`, ...lines]
  page.push(...section)
  process.stdout.write(`${section.join('\n\n')}\n\n`)
  // After each section: what was measured stays when a later part fails.
  writeFileSync('test/bench/results/testbed.md', `${page.join('\n\n')}\n`)
}

tell('The simulated cluster', simulatedTable(await measureSimulated(rounds), await measureSandboxMemory(2_000)))
const levels = await measureLevels(rounds)
tell('Start and stop of each level', levelTable(levels))
const beds = { Istio: await measureBed('istio'), 'Open Service Mesh': await measureBed('osm'), Kuma: await measureBed('kuma') }
tell('A node with a mesh and an application in two versions in it', bedTable(beds))
tell(
  'Istio 1.30.3 with a gateway, in turn on one node',
  installTable(await measureInstall(rounds)),
  'A round of either kind that takes 15 s longer waits in the gateway: its Envoy starts with what it has when istiod does not send a resource within its 15 s.',
)
tell(
  'Memory by program',
  'Proportional MiB: what processes share is counted once.',
  memoryTable([...levels].map(([level, { memory }]) => [level, memory])),
  memoryTable(Object.entries(beds).map(([mesh, { memory }]) => [mesh, memory])),
)
tell('Build', buildTable(await measureBuild()))
