import type { CheckReport } from '../../contract/check-report.js'
import type { Finding } from '../../contract/finding.js'
import type { Installation } from '../../contract/installation.js'
import type { Grant } from '../../proto/gen/meshwright/adapter/v1/adapter.js'
import { toFinding } from '../adapter-link/read-finding.js'
import { newId } from '../database/new-id.js'
import type { CheckDeps } from './check-deps.js'
import type { CheckReportRow, StoredCertificate } from './check-store.js'
import { toCertificate } from './read-certificate.js'

const deadlineMs = 60_000

/** The runs that are on their way, by installation: who asks meanwhile gets the same one. */
export type RunningChecks = Map<string, Promise<CheckReportRow>>

/** Looks at one installation through its adapter and keeps what was found. Throws when the adapter or the cluster cannot be reached: then nothing is known, and nothing is kept. */
export async function checkInstallation(
  deps: CheckDeps & { running: RunningChecks },
  { installation, trigger }: { installation: Installation; trigger: CheckReport['trigger'] },
): Promise<CheckReportRow> {
  const { running } = deps
  const run = running.get(installation.id) ?? look(deps, installation, trigger).finally(() => running.delete(installation.id))
  running.set(installation.id, run)
  return run
}

async function look(deps: CheckDeps, installation: Installation, trigger: CheckReport['trigger']): Promise<CheckReportRow> {
  const { id, cluster, mesh, simulated } = installation
  const report = newId()
  const startedAt = Date.now()
  const release = deps.registry.hold(mesh)
  const access = { report, cluster, expiresAt: new Date(startedAt + deadlineMs) }
  const found = await deps.withReadGrant(access, (grant) => askAdapter(deps, installation, grant)).finally(release)
  const row = { id: report, installation: id, cluster, mesh, simulated, trigger, ...found, startedAt, endedAt: Date.now() }
  deps.events.change((append) => {
    deps.reports.insert(row)
    append(doneEvent(row))
  })
  return row
}

async function askAdapter({ registry, closing }: CheckDeps, installation: Installation, grant: Grant) {
  const { id, cluster, mesh, namespace, revision, version } = installation
  const signal = AbortSignal.any([closing, AbortSignal.timeout(deadlineMs)])
  const client = await registry.connect(mesh)
  const target = { cluster, installation: id, namespace, revision: revision === 'default' ? '' : revision }
  const findings: Finding[] = []
  const certificates: StoredCertificate[] = []
  for await (const entry of client.runChecks({ kind: 'postinstall', target, grant, manifestsYaml: '', version }, signal)) {
    if (entry.finding) findings.push(toFinding(entry.finding))
    if (entry.certificate) certificates.push(toCertificate(entry.certificate))
  }
  return { findings, certificates }
}

/** How many findings there are of each severity. */
export function countFindings(findings: readonly Finding[]): CheckReport['counts'] {
  const counts = { error: 0, warning: 0, info: 0 }
  for (const { severity } of findings) counts[severity] += 1
  return counts
}

function doneEvent({ id, cluster, installation, mesh, findings }: CheckReportRow) {
  const counts = countFindings(findings)
  const level = counts.error > 0 ? ('error' as const) : counts.warning > 0 ? ('warning' as const) : ('info' as const)
  const worst = findings.find(({ severity }) => severity === level)
  const text = level === 'info' || worst === undefined ? 'nothing is wrong.' : worst.message
  return {
    kind: 'checks.done' as const,
    level,
    cluster,
    subject: installation,
    message: `${mesh} was checked: ${text}`,
    data: { report: id, ...counts },
  }
}
