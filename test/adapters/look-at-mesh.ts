import { Catalog } from '../../adapters/runtime/catalog.js'
import type { MeshChecks } from '../../adapters/runtime/checks/check.js'
import { openCheckScene } from '../../adapters/runtime/checks/check-scene.js'
import { runChecks } from '../../adapters/runtime/checks/run-checks.js'
import { openClusterSession } from '../../adapters/runtime/cluster-session.js'
import type { Certificate, Finding, Grant } from '../../proto/gen/meshwright/adapter/v1/adapter.js'

interface Look {
  grant: Grant
  workDir: string
  namespace: string
  version?: string
  now?: Date
  /** Of the mesh; missing: one that knows nothing. */
  catalog?: Catalog
}

/** Everything that the checks of a mesh say of an installation. */
export async function lookAtMesh(checks: MeshChecks, { grant, workDir, namespace, version = '1.0.0', now, catalog = unknown }: Look) {
  await using session = await openClusterSession({
    ...{ grant, workDir, name: `${namespace}-${Math.random()}`, signal: new AbortController().signal },
  })
  const scene = openCheckScene({ session, catalog, namespace, revision: '', version })
  const findings: Finding[] = []
  const certificates: Certificate[] = []
  for await (const entry of runChecks(checks, { ...scene, ...(now && { now }) })) {
    if (entry.finding) findings.push(entry.finding)
    if (entry.certificate) certificates.push(entry.certificate)
  }
  return { findings, certificates, codes: findings.map(({ code }) => code) }
}

const unknown = Catalog.parse({ mesh: 'test', title: 'Test', lifecycle: 'active', features: [] })
