import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { startApiCluster } from '../cluster/api-cluster.js'
import { clusterTest } from '../cluster/cluster-test.js'
import { runCli } from '../support/run-cli.js'
import { type RunningServer, startServer } from '../support/running-server.js'

const describe = clusterTest('api', import.meta.url)

const manifests = `apiVersion: v1
kind: Namespace
metadata: {name: by-command}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: greeting, namespace: by-command}
data: {text: hello}
`

describe('the command on a real API server', () => {
  let cluster: Awaited<ReturnType<typeof startApiCluster>>
  let server: RunningServer
  let file: string
  const meshwright = (...args: string[]) => runCli(args, { dataDir: server.dataDir })

  beforeAll(async () => {
    cluster = await startApiCluster()
    server = await startServer()
    file = join(mkdtempSync(join(tmpdir(), 'meshwright-cli-')), 'manifests.yaml')
    writeFileSync(file, manifests)
  })
  afterAll(async () => {
    await server?.stop()
    await cluster?.stop()
  })

  it('connects a cluster and finds it well', async () => {
    expect((await meshwright('cluster', 'add', 'lab', '--kubeconfig', cluster.kubeconfig)).exitCode).toBe(0)
    const check = await meshwright('cluster', 'check', 'lab')
    expect(check).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/√ version .*\nStatus check results of lab are √\n$/) })
  })

  it('plans manifests with a verdict for each object and changes nothing', async () => {
    const plan = await meshwright('mesh', 'plan', 'kubernetes', '--action', 'apply-manifests', '--param', `manifests=@${file}`)
    expect(plan).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('2 objects: 2 to create') })
    expect(await cluster.kubectl(['get', 'namespaces', '--output=name'])).not.toContain('by-command')
  })

  it('applies them and follows the operation to its end', async () => {
    const run = await meshwright('mesh', 'run', 'kubernetes', 'apply-manifests', '--param', `manifests=@${file}`, '--yes', '--wait')
    expect(run, run.stderr).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('succeeded') })
    expect(await cluster.kubectl(['get', 'configmap', 'greeting', '--namespace=by-command', '--output=jsonpath={.data.text}'])).toBe(
      'hello',
    )
  })

  it('tells the log of the operation again, and exits as it ended', async () => {
    const watch = await meshwright('operation', 'watch')
    expect(watch).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/: succeeded\n$/) })
  })
})
