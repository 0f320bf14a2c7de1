import { Notifications, notifications } from '@mantine/notifications'
import { Link, useLocation } from '@tanstack/react-router'
import { useEffect, useRef } from 'react'
import { clusterNameText } from '../components/cluster-name.js'
import { useNamedCluster } from '../features/clusters/use-named-cluster.js'
import { hasEnded, operationTitle } from '../features/operations/operation-words.js'
import { useOperations } from '../features/operations/operations-api.js'
import type { Schema } from '../lib/schema.js'

/**
 * Tells when an operation has ended while its reader was elsewhere. Only a bad end stays until it is closed.
 * The first list that is seen is the base: what had ended before it is old news.
 */
export function OperationNotices() {
  const { data } = useOperations()
  const { pathname } = useLocation()
  const named = useNamedCluster()
  const before = useRef<Map<string, Schema<'Operation'>['state']>>(undefined)
  useEffect(() => {
    if (data === undefined) return
    for (const operation of data) {
      const was = before.current?.get(operation.id)
      if (was === undefined || hasEnded(was) || !hasEnded(operation.state) || pathname.endsWith(operation.id)) continue
      show(operation, clusterNameText({ ...named(operation.request.cluster), simulated: operation.simulated }))
    }
    before.current = new Map(data.map(({ id, state }) => [id, state]))
  }, [data, pathname, named])
  return <Notifications position="bottom-right" />
}

function show(operation: Schema<'Operation'>, cluster: string): void {
  const well = operation.state === 'succeeded'
  notifications.show({
    title: `${operationTitle(operation.request)} on ${cluster}: ${operation.state}`,
    message: (
      <Link to="/operations/$id" params={{ id: operation.id }}>
        {operation.error?.title ?? 'Open the operation'}
      </Link>
    ),
    color: well ? 'verdigris' : 'red',
    autoClose: well ? 8000 : false,
    closeButtonProps: { 'aria-label': 'Close' },
  })
}
