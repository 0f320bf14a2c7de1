import { QueryView } from '../components/query-view.js'
import { Section } from '../components/section.js'
import { StatePicture } from '../components/state-picture.js'
import { useNamedCluster } from '../features/clusters/use-named-cluster.js'
import { OperationList } from '../features/operations/operation-list.js'
import { useOperations } from '../features/operations/operations-api.js'

/** What was done with one mesh. */
export function MeshOperations({ mesh, cluster }: { mesh: string; cluster: string | undefined }) {
  const operations = useOperations()
  const named = useNamedCluster()
  return (
    <Section title="Operations">
      <QueryView query={operations} what="operations">
        {(items) => {
          const own = items.filter(({ request }) => request.mesh === mesh && (cluster === undefined || request.cluster === cluster))
          if (own.length === 0) return <StatePicture state="empty" title="Nothing was done with it yet" />
          return <OperationList operations={own} named={named} caption={`Operations of ${mesh}`} />
        }}
      </QueryView>
    </Section>
  )
}
