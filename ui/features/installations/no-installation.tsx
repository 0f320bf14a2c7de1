import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { StatePicture } from '../../components/state-picture.js'
import type { Schema } from '../../lib/schema.js'

interface NoInstallationProps {
  clusters: readonly Schema<'Cluster'>[]
  title: string
  children: ReactNode
  action?: ReactNode
}

/**
 * Why no mesh is shown: none connected, none can be read, still looking, or really none there.
 * Asked every week of other tools as "why is it empty": the page answers it by itself.
 */
export function NoInstallation({ clusters, title, children, action }: NoInstallationProps) {
  if (clusters.length === 0)
    return <StatePicture state="empty" title="No cluster is connected" action={<Link to="/welcome">Connect one</Link>} />
  if (clusters.some((cluster) => cluster.state === 'live')) {
    return (
      <StatePicture state="empty" title={title} action={action}>
        {children}
      </StatePicture>
    )
  }
  if (clusters.some((cluster) => cluster.state === 'connecting')) return <StatePicture state="empty" title="Looking into your clusters" />
  return (
    <StatePicture state="unreachable" title="No cluster can be read at the moment" action={<Link to="/clusters">See why</Link>}>
      So it is not known which meshes are installed: {clusters.map((cluster) => cluster.name).join(', ')}.
    </StatePicture>
  )
}
