import { SegmentedControl } from '@mantine/core'
import { getRouteApi, Link } from '@tanstack/react-router'
import { clusterNameText } from '../components/cluster-name.js'
import { PageHeader } from '../components/page-header.js'
import { ProblemPanel } from '../components/problem-panel.js'
import { QueryView } from '../components/query-view.js'
import { SameByCli } from '../components/same-by-cli.js'
import { Section } from '../components/section.js'
import { StatePicture } from '../components/state-picture.js'
import { CertificateTable } from '../features/checks/certificate-table.js'
import { useCertificates, useUnreadable } from '../features/checks/checks-api.js'
import { useNamedCluster } from '../features/clusters/use-named-cluster.js'
import { useInstallations } from '../features/installations/installations-api.js'
import styles from './pages.module.css'

const route = getRouteApi('/certificates')
const orders = { left: 'Days left', mesh: 'Mesh' } as const

/**
 * Every certificate that the last check of each installation found, in all clusters.
 * It says what was not readable and what was never looked at: an empty list must not pass for good news.
 */
export function CertificatesPage() {
  const { cluster, sort = 'left' } = route.useSearch()
  const navigate = route.useNavigate()
  const certificates = useCertificates(cluster)
  const named = useNamedCluster()
  return (
    <>
      <PageHeader
        title="Certificates"
        lead="Roots, issuers, webhooks and gateways: how long each is valid, and who renews it. No private key is ever read into this list."
        actions={<SameByCli command="meshwright certificates" path="/api/v1/certificates" />}
      />
      <div className={styles.filters}>
        <SegmentedControl
          size="xs"
          aria-label="Order"
          value={sort}
          onChange={(value) => void navigate({ search: (before) => ({ ...before, sort: value === 'mesh' ? 'mesh' : undefined }) })}
          data={Object.entries(orders).map(([value, label]) => ({ value, label }))}
        />
      </div>
      <div className={styles.stack}>
        <Unreadable cluster={cluster} />
        <Section title="Certificates" note="As the last check of each installation found them">
          <QueryView query={certificates} what="certificates" lines={6}>
            {(items) =>
              items.length === 0 ? (
                <NoCertificates cluster={cluster} />
              ) : (
                <CertificateTable
                  certificates={sort === 'mesh' ? items.toSorted((a, b) => a.mesh.localeCompare(b.mesh)) : items}
                  named={named}
                />
              )
            }
          </QueryView>
        </Section>
      </div>
    </>
  )
}

// What the cluster refused to show is named here too: these certificates may be the ones that end tomorrow.
function Unreadable({ cluster }: { cluster: string | undefined }) {
  const installations = useInstallations({ cluster })
  const named = useNamedCluster()
  return useUnreadable(installations.data ?? []).map(({ report, finding }) => {
    const text = `${report.mesh} on ${clusterNameText(named(report.cluster))}`
    return <ProblemPanel key={report.id} tone="warn" problem={{ ...finding, title: finding.message, text }} />
  })
}

function NoCertificates({ cluster }: { cluster: string | undefined }) {
  const installations = useInstallations({ cluster })
  if (installations.data === undefined || installations.data.length === 0)
    return <StatePicture state="empty" title="No mesh is installed in the clusters that are connected" />
  return (
    <StatePicture state="empty" title="No certificate is known" action={<Link to="/meshes">To the meshes</Link>}>
      {installations.data.every(({ simulated }) => simulated)
        ? 'Nothing runs in a simulated cluster, so that nothing makes certificates there.'
        : 'They are found by a check of an installation: open its mesh and choose Check now.'}
    </StatePicture>
  )
}
