import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pino from 'pino'
import { afterEach, expect, it } from 'vitest'
import { openSandboxes, type Sandboxes } from '../../../server/kubernetes/sandboxes.js'
import { eventually } from '../../support/eventually.js'

const cluster = { id: 'c', scene: 'empty' as const }
const opened: { sandboxes: Sandboxes; distRoot: string }[] = []

afterEach(async () => {
  for (const { sandboxes, distRoot } of opened.splice(0)) {
    await sandboxes.close()
    await rm(distRoot, { recursive: true })
  }
})

/** Simulated clusters whose process is `script`; it is told from a real one by its port alone. */
async function open(script: string, onLost: (id: string) => void = () => {}) {
  const distRoot = await mkdtemp(join(tmpdir(), 'mw-'))
  await mkdir(join(distRoot, 'sandbox'))
  await writeFile(join(distRoot, 'sandbox/main.js'), script)
  const told: string[] = []
  const sandboxes = openSandboxes({
    distRoot,
    log: pino({ level: 'silent' }),
    onLost: (id) => {
      told.push('lost')
      onLost(id)
    },
    onMoved: () => told.push('moved'),
  })
  opened.push({ sandboxes, distRoot })
  return { sandboxes, told, distRoot }
}

const ready = (answer: string) => `
  const server = require('node:http').createServer((request, response) => { ${answer} })
  server.listen(Number(process.env.MESHWRIGHT_SANDBOX_PORT), '127.0.0.1', () =>
    console.log(JSON.stringify({ url: 'http://127.0.0.1:' + server.address().port })))
  process.stdin.resume().once('close', () => process.exit(0))`

it('is left alone after five ends within a minute: who has a connection is told to ask anew, and who asks is told why', async () => {
  const { sandboxes, told } = await open(`${ready('')}; setTimeout(() => process.exit(1), 50)`)
  await (await sandboxes.connect(cluster)).close()
  await eventually(
    async () => told,
    (events) => events.includes('moved'),
  )
  expect(told.filter((event) => event === 'lost')).toHaveLength(5)
  await expect(sandboxes.connect(cluster)).rejects.toMatchObject({
    code: 'cluster-unreachable',
    message: 'The simulated cluster ended 5 times within a minute and is left alone for now.',
  })
})

it('leaves no process behind whose first line is none', async () => {
  const { sandboxes, distRoot } = await open(`
    require('node:fs').writeFileSync(__dirname + '/pid', String(process.pid))
    console.log('warming up')
    setInterval(() => {}, 1000)`)
  await expect(sandboxes.connect(cluster)).rejects.toMatchObject({ code: 'cluster-unreachable' })
  const pid = Number(await readFile(join(distRoot, 'sandbox/pid'), 'utf8'))
  await eventually(
    async () => isRunning(pid),
    (runs) => !runs,
  )
})

it('begins anew although its end cannot be told', async () => {
  const { sandboxes, told } = await open(ready("if (request.url === '/version') process.exit(1); response.end('{}')"), () => {
    throw new Error('the disk is full')
  })
  const connection = await sandboxes.connect(cluster)
  await fetch(`${connection.url}/version`).catch(() => undefined)
  await eventually(
    async () =>
      fetch(connection.url).then(
        ({ ok }) => ok,
        () => false,
      ),
    (answers) => answers,
  )
  expect(told).toEqual(['lost'])
  await connection.close()
})

it('answers a control call that it was cut off in as a cluster that cannot be reached', async () => {
  const { sandboxes } = await open(ready('request.socket.destroy()'))
  await expect(sandboxes.control(cluster, { method: 'GET', path: '/_sandbox' })).rejects.toMatchObject({ code: 'cluster-unreachable' })
})

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
