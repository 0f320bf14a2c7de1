import { chmod, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { openHelmProcesses } from '../../adapters/runtime/helm-process.js'
import { isAlive } from '../support/processes.js'

describe('helm runs in a process group that is recorded and ended as a whole', () => {
  let folder: string
  let program: string

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'mw-helm-'))
    program = join(folder, 'helm')
  })
  afterEach(() => rm(folder, { recursive: true }))

  const script = async (text: string) => {
    await writeFile(program, `#!/bin/sh\n${text}\n`)
    await chmod(program, 0o755)
  }
  const run = (signal = new AbortController().signal, onLine?: (line: string) => void) =>
    openHelmProcesses(folder).run({
      program,
      argv: ['--a b', 'c'],
      environment: { PATH: '/usr/bin:/bin', ONLY: 'this' },
      signal,
      ...(onLine ? { onLine } : {}),
    })

  it('hands over arguments as they are, and no environment but its own', async () => {
    await script('printf "%s|" "$@"; env | grep -v "^PWD\\|^_=\\|^SHLVL\\|^OLDPWD" | sort')
    expect(await run()).toMatchObject({ code: 0, stdout: '--a b|c|ONLY=this\nPATH=/usr/bin:/bin' })
  })

  it('has its group on disk before helm runs, and takes the record away after it', async () => {
    await script(`cat "${folder}/helm.pid"; echo " $$"`)
    const { stdout } = await run()
    const [record = '', pid = ''] = stdout.split(' ')
    expect(JSON.parse(record)).toEqual({ pid: Number(pid), pgid: Number(pid), startTime: expect.stringMatching(/^\d+$/) })
    expect(await readdir(folder)).toEqual(['helm'])
  })

  it('gives the second of two runs a record of its own, and the next one alone the first again', async () => {
    const go = join(folder, 'go')
    await script(`echo up; while [ ! -e "${go}" ]; do sleep 0.05; done; ls "${folder}"`)
    const processes = openHelmProcesses(folder)
    const started = vi.fn()
    const command = {
      program,
      argv: [],
      environment: { PATH: '/usr/bin:/bin' },
      signal: new AbortController().signal,
      onLine: started,
    }
    const both = [processes.run(command), processes.run(command)]
    await waitUntil(() => started.mock.calls.length === 2)
    expect(await readdir(folder)).toEqual(['helm', 'helm.2.pid', 'helm.pid'])
    await writeFile(go, '')
    await Promise.all(both)
    const alone = await processes.run(command)
    expect(alone.stdout.split('\n')).toEqual(['up', 'go', 'helm', 'helm.pid'])
  })

  it('reports the exit code and both outputs', async () => {
    await script('echo one; echo two >&2; exit 3')
    expect(await run()).toEqual({ code: 3, stdout: 'one', stderr: 'two' })
  })

  it('ends a helm that ignores SIGTERM, and what it started, when it is cancelled', async () => {
    await script(
      `trap '' TERM; sh -c 'trap "" TERM; echo $$ > ${folder}/grandchild; while :; do sleep 0.1; done' & echo $$ > ${folder}/child; echo up; wait; while :; do sleep 0.1; done`,
    )
    const cancel = new AbortController()
    const ended = run(cancel.signal, () => cancel.abort('cancelled'))
    expect(await ended).toMatchObject({ code: null })
    for (const name of ['child', 'grandchild']) {
      const pid = Number(await readFile(join(folder, name), 'utf8'))
      await waitUntil(() => !isAlive(pid))
    }
  })

  it('ends what helm left behind when helm itself is done', async () => {
    await script(`sleep 300 & echo $! > ${folder}/orphan; exit 0`)
    expect(await run()).toMatchObject({ code: 0 })
    const pid = Number(await readFile(join(folder, 'orphan'), 'utf8'))
    await waitUntil(() => !isAlive(pid))
  })

  it('does not start for a signal that is aborted already', async () => {
    await script(`touch ${folder}/ran`)
    await expect(run(AbortSignal.abort('cancelled'))).rejects.toBe('cancelled')
    expect(await readdir(folder)).toEqual(['helm'])
  })

  it('does not make a cancelled run wait until others give a slot free', { timeout: 10_000 }, async () => {
    await script(`i=0; until [ -e ${folder}/go ] || [ $((i+=1)) -gt 400 ]; do sleep 0.02; done`)
    const processes = openHelmProcesses(folder)
    const command = { program, argv: [], environment: { PATH: '/usr/bin:/bin' } }
    const busy = [1, 2, 3, 4].map(() => processes.run({ ...command, signal: new AbortController().signal }))
    const cancel = new AbortController()
    const fifth = processes.run({ ...command, signal: cancel.signal })
    const sixth = processes.run({ ...command, signal: new AbortController().signal })
    cancel.abort('cancelled')
    await expect(fifth).rejects.toBe('cancelled')
    await writeFile(join(folder, 'go'), '')
    for (const { code } of await Promise.all([...busy, sixth])) expect(code).toBe(0)
  })

  it('leaves nothing running, and nothing to end, when the record cannot be written', async () => {
    await script('exit 0')
    const processes = openHelmProcesses(join(folder, 'nowhere'))
    const command = { program, argv: [], environment: { PATH: '/usr/bin:/bin' }, signal: new AbortController().signal }
    await expect(processes.run(command)).rejects.toMatchObject({ code: 'ENOENT' })
    expect(await commandsNaming(folder)).toEqual([])
    const kill = vi.spyOn(process, 'kill')
    processes.endAll()
    expect(kill).not.toHaveBeenCalled()
    kill.mockRestore()
  })

  it('forgives a group that is gone, and nothing else', async () => {
    await script('exec sleep 300')
    const processes = openHelmProcesses(folder)
    const run = processes.run({ program, argv: [], environment: { PATH: '/usr/bin:/bin' }, signal: new AbortController().signal })
    await waitUntilAsync(async () => (await readdir(folder)).includes('helm.pid'))
    const answers = (code: string) =>
      vi.spyOn(process, 'kill').mockImplementationOnce(() => {
        throw Object.assign(new Error(code), { code })
      })
    answers('EPERM')
    expect(() => processes.endAll()).toThrow('EPERM')
    answers('ESRCH')
    expect(() => processes.endAll()).not.toThrow()
    vi.restoreAllMocks()
    processes.endAll()
    expect(await run).toMatchObject({ code: null })
  })
})

async function commandsNaming(text: string): Promise<string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  const lines = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')))
  return lines.filter((line) => line.includes(text))
}

async function waitUntilAsync(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await sleep(20)
}

async function waitUntil(condition: () => boolean): Promise<void> {
  while (!condition()) await sleep(20)
}
