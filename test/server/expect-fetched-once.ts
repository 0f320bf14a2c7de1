import { createPrivateKey, X509Certificate } from 'node:crypto'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'vitest'
import type { OperationArtifact } from '../../contract/operation.js'
import { runCli } from '../support/run-cli.js'
import type { RunningServer } from '../support/running-server.js'

/** The one file of an operation holds a certificate and its key: it is fetched one time, and its key stands in clear nowhere. Answers its text. */
export async function expectFetchedOnce(
  server: RunningServer,
  operation: string,
  wanted: { name: RegExp; subject: string },
): Promise<string> {
  const files = `/api/v1/operations/${operation}/artifacts`
  const meshwright = (...args: string[]) => runCli(['operation', 'artifact', operation, ...args], { dataDir: server.dataDir })
  const { items } = await server.get<{ items: OperationArtifact[] }>(files)
  expect(items).toMatchObject([{ name: expect.stringMatching(wanted.name), once: true }])
  const name = items[0]?.name ?? ''
  expect(await server.call('GET', `${files}/${name}`)).toMatchObject({ status: 409, body: { code: 'illegal-transition' } })

  // A destination that cannot be written uses nothing up.
  const occupied = join(server.dataDir, 'occupied.pem')
  await writeFile(occupied, 'mine')
  expect((await meshwright(name, '--to', occupied)).exitCode).not.toBe(0)
  expect(await readFile(occupied, 'utf8')).toBe('mine')

  const to = join(server.dataDir, name)
  expect((await meshwright(name, '--to', to)).stderr).toContain(`Written to ${to}.`)
  const pem = await readFile(to, 'utf8')
  const certificate = new X509Certificate(pem.slice(pem.indexOf('-----BEGIN CERTIFICATE')))
  expect(certificate.subject).toBe(wanted.subject)
  expect(certificate.checkPrivateKey(createPrivateKey(pem))).toBe(true)

  const again = await server.call('POST', `${files}/${name}/take`)
  expect(again).toMatchObject({ status: 409, body: { code: 'illegal-transition', title: 'This file can be fetched one time.' } })
  expect((await meshwright()).stdout).toMatch(new RegExp(`${name} +\\d+ +was fetched`))
  const key = pem.split('\n')[1] ?? ''
  expect(key).toHaveLength(64)
  const stored = await databaseText(server.dataDir)
  expect(stored).toContain(name)
  expect(stored).not.toContain(key)
  return pem
}

async function databaseText(dataDir: string): Promise<string> {
  const files = (await readdir(dataDir)).filter((name) => name.startsWith('meshwright.db'))
  return (await Promise.all(files.map((name) => readFile(join(dataDir, name), 'latin1')))).join('\n')
}
