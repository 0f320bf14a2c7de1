import type { MeshAdapter } from './mesh-adapter.js'
import { removeFinalizersAction } from './remove-finalizers-action.js'
import { removeWebhooksAction } from './remove-webhooks-action.js'
import { rollBackAction } from './roll-back-action.js'
import { unlockReleaseAction } from './unlock-release-action.js'

/** The adapter with the ways out of what is stuck, for every mesh that comes by helm charts. None ever runs by itself. */
export function withRescue(adapter: MeshAdapter): MeshAdapter {
  const { catalog, actions, checks } = adapter
  const isCharted = actions.some(({ category }) => category === 'install') && catalog.components.some(({ chart }) => chart !== '')
  if (!isCharted) return adapter
  const webhooks = checks ? [removeWebhooksAction(catalog, checks.certificates.webhooks)] : []
  const finalizers = catalog.finalizers.length > 0 ? [removeFinalizersAction(catalog)] : []
  return { ...adapter, actions: [...actions, unlockReleaseAction(catalog), rollBackAction(catalog), ...webhooks, ...finalizers] }
}
