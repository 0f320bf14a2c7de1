import type { Certificate, CheckReport } from '../../contract/check-report.js'
import { countFindings } from './check-installation.js'
import type { CheckReportRow } from './check-store.js'

const dayMs = 86_400_000

/** A report as the REST API shows it. */
export function viewReport(row: CheckReportRow, now: number): CheckReport {
  const { id, cluster, installation, mesh, trigger, findings, simulated, startedAt, endedAt } = row
  return {
    ...{ id, cluster, installation, mesh, trigger, findings, simulated },
    counts: countFindings(findings),
    certificates: viewCertificates(row, now),
    startedAt: new Date(startedAt).toISOString(),
    endedAt: new Date(endedAt).toISOString(),
  }
}

/** Its certificates, each with the days that are left today. */
export function viewCertificates(
  { cluster, installation, mesh, simulated, certificates, endedAt }: CheckReportRow,
  now: number,
): Certificate[] {
  const checkedAt = new Date(endedAt).toISOString()
  return certificates.map((each) => ({
    ...{ cluster, installation, mesh, simulated, checkedAt },
    ...each,
    daysLeft: Math.floor((Date.parse(each.notAfter) - now) / dayMs),
  }))
}
