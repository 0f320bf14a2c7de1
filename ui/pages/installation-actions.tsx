import { Button } from '@mantine/core'
import { getRouteApi } from '@tanstack/react-router'
import { useMeshActions } from '../features/meshes/meshes-api.js'
import type { Schema } from '../lib/schema.js'
import styles from './installation-actions.module.css'

type Installation = Schema<'Installation'>
type Action = Schema<'MeshAction'>

const route = getRouteApi('/meshes/$mesh')

// What people come for; the first action of each stands in the head of the card, and all others below.
const firstOf = ['upgrade', 'adopt', 'inject', 'uninstall']
// Begun without an installation, or beside the ways out of what is stuck.
const elsewhere = ['install', 'rescue']
const groups = [
  { title: 'Revisions', categories: ['upgrade', 'revisions'] },
  { title: 'Add-ons', categories: ['add-on'] },
  { title: 'Certificates', categories: ['certificates'] },
  { title: 'Members', categories: ['inject'] },
  { title: 'Sample', categories: ['sample'] },
]
const grouped = groups.flatMap(({ categories }) => categories)

/** What people come for. What is refused for who made the installation stays visible and says why. */
export function InstallationActions({ installation }: { installation: Installation }) {
  const { plain } = useOffered(installation)
  return plain.map((each) => <ActionButton key={each.action} installation={installation} action={each} />)
}

/** Everything else that can be done with it, by what it is about; closed until somebody asks. */
export function MoreActions({ installation }: { installation: Installation }) {
  const { rest } = useOffered(installation)
  const more = [
    ...groups.map(({ title, categories }) => ({ title, actions: rest.filter(({ category }) => categories.includes(category)) })),
    { title: 'Other', actions: rest.filter(({ category }) => !grouped.includes(category)) },
  ].filter(({ actions }) => actions.length > 0)
  if (more.length === 0) return null
  return (
    <details className={styles.more}>
      <summary>More that can be done with it</summary>
      {more.map(({ title, actions }) => (
        <div key={title} className={styles.group}>
          <span>{title}</span>
          {actions.flatMap((each) => [
            ...(each.action === 'canary' ? [<RolloutButton key="rollout" installation={installation} canary={each} />] : []),
            <ActionButton key={each.action} installation={installation} action={each} />,
          ])}
        </div>
      ))}
    </details>
  )
}

function useOffered({ mesh, managed }: Installation) {
  const all = useMeshActions(mesh).data ?? []
  // What is ours needs no adopting, and nobody has to read that.
  const offered = all.filter(({ category }) => !elsewhere.includes(category) && !(managed && category === 'adopt'))
  const plain = firstOf.flatMap((category) => offered.find((each) => each.category === category) ?? [])
  return { plain, rest: offered.filter((each) => !plain.includes(each)) }
}

// All parts of a canary, one after the other: what a mesh offers that has a canary.
function RolloutButton({ installation, canary }: { installation: Installation; canary: Action }) {
  return <ActionButton installation={installation} action={{ ...canary, action: 'rollout', title: 'Upgrade by a second control plane…' }} />
}

// Acting on one installation narrows the page to its cluster; the dialog opens on this installation, not on another one there.
function ActionButton({ installation, action }: { installation: Installation; action: Action }) {
  const navigate = route.useNavigate()
  const { id, cluster, can } = installation
  const answer = can.find(({ handling }) => handling === action.handling)
  return (
    <Button
      variant={action.destructive ? 'subtle' : 'default'}
      color={action.destructive ? 'red' : 'verdigris'}
      disabled={(answer?.verdict ?? 'act') !== 'act'}
      title={answer?.reason}
      onClick={() =>
        void navigate({ search: (before) => ({ ...before, cluster, installation: id, start: action.action, plan: undefined }) })
      }
    >
      {action.title}
    </Button>
  )
}
