import { Button } from '@mantine/core'
import { ProblemPanel } from '../../components/problem-panel.js'
import { RequestProblem } from '../../components/request-problem.js'
import { StatusMark } from '../../components/status-mark.js'
import type { Schema } from '../../lib/schema.js'
import { useAddCluster } from './clusters-api.js'
import styles from './context-list.module.css'

type Context = Schema<'KubeconfigContext'>

const credentials: Record<Context['credential'], string> = {
  certificate: 'client certificate',
  token: 'token',
  exec: 'credential plugin',
  'token-file': 'token file',
  basic: 'user and password',
  'auth-provider': 'auth provider',
  none: 'no credential',
}

/**
 * The contexts of this machine, each with one button. Nothing is dialled before it is pressed.
 * One that cannot work says why beside it. One that is connected already says so instead of offering it again.
 */
export function ContextList({
  contexts,
  onConnected,
}: {
  contexts: readonly Context[]
  onConnected: (cluster: Schema<'Cluster'>) => void
}) {
  return (
    <ul className={styles.list} aria-label="Contexts found in kubeconfig">
      {contexts.map((context) => (
        <ContextRow key={`${context.file} ${context.name}`} context={context} onConnected={onConnected} />
      ))}
    </ul>
  )
}

// A failure stays with its row, so that the other contexts can still be tried.
function ContextRow({ context, onConnected }: { context: Context; onConnected: (cluster: Schema<'Cluster'>) => void }) {
  const add = useAddCluster()
  const connect = () => add.mutate({ name: context.name, contextRef: context.name }, { onSuccess: onConnected })
  return (
    <li className={styles.row}>
      <div className={styles.words}>
        <p className={styles.name}>
          {context.name}
          {context.current && <span className={styles.current}>current context</span>}
        </p>
        <p className={styles.facts}>
          <code>{context.server}</code>
          <span>
            {credentials[context.credential]} · {context.file}
            {context.namespace === undefined ? '' : ` · namespace ${context.namespace}`}
          </span>
        </p>
      </div>
      <ContextAction context={context} busy={add.isPending} onConnect={connect} />
      {context.problem !== undefined && (
        <div className={styles.problem}>
          <ProblemPanel tone="warn" problem={{ title: 'This context cannot be connected as it is', cause: context.problem }} />
        </div>
      )}
      {add.error !== null && (
        <div className={styles.problem}>
          <RequestProblem error={add.error} />
        </div>
      )}
    </li>
  )
}

// The current context of kubectl stands out: it is the most likely one.
function ContextAction({ context, busy, onConnect }: { context: Context; busy: boolean; onConnect: () => void }) {
  if (context.clusterId !== undefined) return <StatusMark tone="ok">Connected</StatusMark>
  return (
    <Button
      onClick={onConnect}
      loading={busy}
      disabled={!context.usable}
      variant={context.current ? 'filled' : 'default'}
      aria-label={`Connect ${context.name}`}
    >
      Connect
    </Button>
  )
}
