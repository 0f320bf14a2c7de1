import { z } from 'zod'
import { Certificate, CheckReport } from '../../contract/check-report.js'
import { PageQuery, pageOf } from '../../contract/page.js'
import { Id, MeshId } from '../../contract/primitives.js'
import type { HttpServer } from '../http/http-server.js'
import { pageOfItems } from '../http/page-cursor.js'
import type { CheckDeps } from './check-deps.js'
import { checkInstallation, type RunningChecks } from './check-installation.js'
import { viewCertificates, viewReport } from './check-view.js'

const tags = ['checks']
const ById = z.strictObject({ id: z.string().min(1).max(300) })
const CertificateQuery = z.strictObject({
  ...PageQuery.shape,
  cluster: z.exactOptional(Id),
  mesh: z.exactOptional(MeshId),
  installation: z.exactOptional(z.string().max(300)),
})

/** Health of an installation beyond what its pods say, and the certificates that were found while looking. */
export function registerChecks(http: HttpServer, deps: CheckDeps & { running: RunningChecks }): void {
  http.post(
    '/api/v1/installations/:id/checks',
    { schema: { tags, summary: 'Check an installation; nothing is changed', params: ById, response: { 200: CheckReport } } },
    async ({ params: { id } }) => {
      const row = await checkInstallation(deps, { installation: deps.installation(id), trigger: 'asked' })
      return viewReport(row, Date.now())
    },
  )

  http.get(
    '/api/v1/installations/:id/checks',
    {
      schema: {
        tags,
        summary: 'Reports of an installation, newest first',
        params: ById,
        querystring: PageQuery,
        response: { 200: pageOf(CheckReport, 'CheckReportPage') },
      },
    },
    async ({ params: { id }, query: { limit, cursor } }) => {
      const rows = deps.reports.of(deps.installation(id).id)
      const page = pageOfItems(rows, { limit, cursor, positionOf: (row) => ({ value: row.id, id: row.id }), descending: true })
      return { ...page, items: page.items.map((row) => viewReport(row, Date.now())) }
    },
  )

  http.get(
    '/api/v1/certificates',
    {
      schema: {
        tags,
        summary: 'Certificates of the newest report of each installation, the first to end first',
        querystring: CertificateQuery,
        response: { 200: pageOf(Certificate, 'CertificatePage') },
      },
    },
    async ({ query: { limit, cursor, cluster, mesh, installation } }) => {
      const present = new Set(deps.installations().map(({ id }) => id))
      const rows = deps.reports
        .latest()
        .filter((row) => present.has(row.installation) && (cluster ?? row.cluster) === row.cluster)
        .filter((row) => (mesh ?? row.mesh) === row.mesh && (installation ?? row.installation) === row.installation)
      const items = rows.flatMap((row) => viewCertificates(row, Date.now()))
      const positionOf = ({ notAfter, installation: of, fingerprint }: Certificate) => ({ value: notAfter, id: `${of} ${fingerprint}` })
      return pageOfItems(items, { limit, cursor, positionOf })
    },
  )
}
