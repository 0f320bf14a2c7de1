import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from 'pino'
import type { Event } from '../../contract/event.js'
import type { CheckDeps } from './check-deps.js'
import { checkInstallation, type RunningChecks } from './check-installation.js'

/** What is known of an operation. */
interface Done {
  cluster: string
  mesh: string
  action: string
}

interface Deps extends CheckDeps {
  running: RunningChecks
  operation(id: string): Done | undefined
  background: { start(name: string, work: () => Promise<void>): void }
  log: Logger
}

const categories = ['install', 'upgrade', 'adopt', 'revisions']
// A control plane fills in its webhooks in its first seconds; looked at sooner, it would be called ill.
const settleMs = 5_000

/** Looks at an installation once it was installed or upgraded. A look that fails is only logged: the operation has its own outcome. */
export function checkAfterOperations(deps: Deps): void {
  deps.events.listen({
    event: (event) => {
      const done = succeeded(event) ? deps.operation(event.subject) : undefined
      if (done === undefined || !isChecked(deps, done)) return
      deps.background.start(`checks after operation ${event.subject}`, () => checkAll(deps, done))
    },
  })
}

// Steps are told by the same kind of event, as data.step.
function succeeded({ kind, data }: Event): boolean {
  return kind === 'operation.changed' && data.state === 'succeeded' && data.step === undefined
}

function isChecked({ registry }: Deps, { mesh, action }: Done): boolean {
  const { actions } = registry.description(mesh)
  return actions.some(({ key, category }) => key === action && categories.includes(category))
}

async function checkAll(deps: Deps, { cluster, mesh }: Done): Promise<void> {
  await sleep(settleMs, undefined, { signal: deps.closing }).catch(() => undefined)
  if (deps.closing.aborted) return
  for (const installation of deps.installations().filter((each) => each.cluster === cluster && each.mesh === mesh)) {
    await checkInstallation(deps, { installation, trigger: 'operation' }).catch((error: unknown) =>
      deps.log.info({ installation: installation.id, error }, 'an installation could not be checked after an operation'),
    )
  }
}
