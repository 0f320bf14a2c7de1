import type { z } from 'zod'
import { type ExplainQuery, Explanation } from '../../contract/explanation.js'
import type { Grant } from '../../proto/gen/meshwright/adapter/v1/adapter.js'
import type { AdapterRegistry } from '../adapter-link/adapter-registry.js'
import { known, toFinding } from '../adapter-link/read-finding.js'
import { newId } from '../database/new-id.js'
import { dropAbsent } from '../drop-absent.js'
import { AppError } from '../errors.js'

/** What explanations need; app.ts hands in what belongs to other features. */
export interface ExplainDeps {
  registry: AdapterRegistry
  /** Meshes that have to do with a namespace, or all of its cluster. Throws `not-found` for a cluster that is not there. */
  meshesOf(place: { cluster: string; namespace: string }): string[]
  /** Leave for dry runs for the time of `work`; nothing can be changed with it. */
  withDryRunGrant<Result>(
    request: { explanation: string; cluster: string; expiresAt: Date },
    work: (grant: Grant) => Promise<Result>,
  ): Promise<Result>
  /** Aborts when the server shuts down. */
  closing: AbortSignal
}

const deadlineMs = 60_000

/** Asks the adapter of each mesh in question why a pod is in it or not. Keeps nothing and changes nothing. */
export async function explainPod(deps: ExplainDeps, query: z.infer<typeof ExplainQuery>): Promise<Explanation[]> {
  const { cluster, namespace, mesh } = query
  const found = deps.meshesOf({ cluster, namespace })
  const meshes = mesh === undefined ? found : [mesh]
  if (meshes.length === 0) {
    throw new AppError('not-found', 'No mesh is known in this cluster.', {
      remedy: 'Name the mesh in question (mesh=istio), or install one first.',
    })
  }
  const explanation = newId()
  const access = { explanation, cluster, expiresAt: new Date(Date.now() + deadlineMs) }
  return deps.withDryRunGrant(access, (grant) => Promise.all(meshes.map((each) => askAdapter(deps, query, { mesh: each, grant }))))
}

async function askAdapter(
  { registry, closing }: ExplainDeps,
  { cluster, namespace, pod = '', workload = '' }: z.infer<typeof ExplainQuery>,
  { mesh, grant }: { mesh: string; grant: Grant },
): Promise<Explanation> {
  const signal = AbortSignal.any([closing, AbortSignal.timeout(deadlineMs)])
  const target = { cluster, installation: '', namespace: '', revision: '' }
  const release = registry.hold(mesh)
  const asked = registry.connect(mesh).then((client) => client.explain({ target, grant, namespace, pod, workload }, signal))
  const answer = await asked.finally(release)
  const { summary, reasons } = answer
  return {
    ...{ cluster, mesh, namespace, summary, simulated: grant.simulated },
    ...dropAbsent({ pod: answer.pod, workload: answer.workload }),
    verdict: known(
      Explanation.shape.verdict.options.find((each) => each === answer.verdict),
      'verdict',
    ),
    reasons: reasons.map(toFinding),
  }
}
