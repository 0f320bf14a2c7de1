import type { Operation } from '../../../contract/operation.js'
import { imageArchive, testbedImages } from '../images/testbed-images.js'
import type { EchoApplication } from './echo-application.js'
import { type MeshBed, runOperation } from './with-mesh.js'

/** Applies objects as a user of kubectl would. */
export function apply({ node }: Pick<MeshBed, 'node'>, ...items: object[]): Promise<string> {
  return node.kubectl(['apply', '--filename=-'], { input: JSON.stringify({ apiVersion: 'v1', kind: 'List', items }) })
}

/** Answers of the application itself, of any version. */
export function answered(answers: Readonly<Record<string, number>>): number {
  return Object.entries(answers).reduce((sum, [answer, count]) => sum + (answer.startsWith('200 v') ? count : 0), 0)
}

/** The counters by which the Envoys of the application say that they refused configuration: lines such as `cluster_manager.cds.update_rejected: 1`. */
export async function rejectedUpdates({ node, application }: MeshBed, adminPort: number): Promise<string[]> {
  const lines: string[] = []
  for (const workload of ['echo-v1', 'echo-v2', 'client']) {
    const within = ['exec', `deployment/${workload}`, `--namespace=${application.namespace}`, '--container=app', '--']
    const stats = await node.kubectl([...within, 'curl', '--silent', '--fail', `http://localhost:${adminPort}/stats`])
    const updates = stats.split('\n').filter((line) => /[cl]ds\.update_(rejected|success): [1-9]/.test(line))
    if (!updates.some((line) => line.includes('success'))) throw new Error(`${workload}: Envoy tells of no update at all`)
    lines.push(...updates.filter((line) => line.includes('rejected')))
  }
  return lines
}

/** Calls the application over and over while something is done, at least once; answers what was done, and all answers. */
export async function callMeanwhile<Result>(
  application: Pick<EchoApplication, 'call'>,
  work: Promise<Result>,
): Promise<{ result: Result; answers: Record<string, number> }> {
  const answers: Record<string, number> = {}
  const settled = work.then(
    () => true,
    () => true,
  )
  do {
    for (const [answer, count] of Object.entries(await application.call(20))) answers[answer] = (answers[answer] ?? 0) + count
  } while (!(await Promise.race([settled, Promise.resolve(false)])))
  return { result: await work, answers }
}

/** Our sample application as a member of a mesh, run by an image of the host's own Node. */
export interface InstalledSample {
  /** What it answers to the application's caller inside the mesh, or to the one outside; rejects with curl's exit code. */
  ask(from: 'client' | 'plain'): Promise<{ calls: { answered: number } }>
  remove(): Promise<Operation>
}

/** Installs it through Meshwright, and takes from what that says where it is reached. */
export async function installSample({ node, server, cluster, application }: MeshBed, mesh: string): Promise<InstalledSample> {
  const run = (action: string, params: object) => runOperation(server, { cluster: cluster.id, mesh, action, params, confirm: true })
  await node.importImage(await imageArchive('node'))
  const { outcome } = await run('install-sample', { image: testbedImages.node.reference })
  const url = /`(http:\S+)`/.exec(outcome?.summary ?? '')?.[1] ?? ''
  const { namespace, outside } = application
  return {
    ask: async (from) => {
      const within = ['exec', `deployment/${from}`, `--namespace=${from === 'client' ? namespace : outside}`, '--container=app', '--']
      return JSON.parse(await node.kubectl([...within, 'curl', '--silent', '-m', '5', url]))
    },
    remove: () => run('remove-sample', {}),
  }
}
