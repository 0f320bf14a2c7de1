import { Button } from '@mantine/core'
import { useState } from 'react'
import { type Column, DataTable } from '../../components/data-table.js'
import { Dialog } from '../../components/dialog.js'
import { QueryView } from '../../components/query-view.js'
import { StatePicture } from '../../components/state-picture.js'
import type { Schema } from '../../lib/schema.js'
import { ExplanationView } from './explanation-view.js'
import { type MemberPlace, useExplanation, usePods } from './explanations-api.js'

type Pod = Schema<'PodMembership'>

/** The pods of a namespace with what each is; "Why?" tells of one of them why, in words. */
export function PodsDialog({ place, onClose }: { place: MemberPlace; onClose: () => void }) {
  const [pod, setPod] = useState<string>()
  return (
    <Dialog title={pod === undefined ? `Pods of ${place.namespace}` : `Why: pod ${pod}`} onClose={onClose} size={760}>
      {pod === undefined ? (
        <PodList place={place} onAsk={setPod} />
      ) : (
        <>
          <Why place={place} pod={pod} />
          <Button mt="md" variant="default" onClick={() => setPod(undefined)}>
            {'Back to the pods'}
          </Button>
        </>
      )}
    </Dialog>
  )
}

function PodList({ place, onAsk }: { place: MemberPlace; onAsk: (pod: string) => void }) {
  const pods = usePods(place)
  const columns: readonly Column<Pod>[] = [
    { title: 'Pod', grow: true, cell: (row) => <strong>{row.pod}</strong> },
    { title: 'Is', tight: true, cell: (row) => (row.injected ? 'in the mesh' : 'not in the mesh') },
    { title: 'Restart', tight: true, cell: (row) => (row.needsRestart ? 'needed' : 'not needed') },
    {
      title: 'Reasons',
      tight: true,
      cell: (row) => (
        <Button size="compact-xs" variant="default" aria-label={`Why is ${row.pod} so?`} onClick={() => onAsk(row.pod)}>
          {'Why?'}
        </Button>
      ),
    },
  ]
  return (
    <QueryView query={pods} what="pods">
      {(items) =>
        items.length === 0 ? (
          <StatePicture state="empty" title="No application runs there">
            Pods of the mesh itself are not listed.
          </StatePicture>
        ) : (
          <DataTable caption={`Pods of ${place.namespace}`} columns={columns} rows={items} rowKey={(row) => row.pod} />
        )
      }
    </QueryView>
  )
}

function Why({ place, pod }: { place: MemberPlace; pod: string }) {
  const explanation = useExplanation(place, pod)
  return (
    <QueryView query={explanation} what="the reasons">
      {(items) => items.map((each) => <ExplanationView key={each.mesh} explanation={each} />)}
    </QueryView>
  )
}
