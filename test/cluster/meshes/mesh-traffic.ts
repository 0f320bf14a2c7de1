import type { EchoApplication } from './echo-application.js'
import type { MeshBed } from './with-mesh.js'

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
