import type { Schema } from '../../lib/schema.js'
import { shellQuote } from '../../lib/shell-quote.js'

/**
 * The command line that plans and starts the same thing. Values of components, and texts longer than a line, are named as files.
 * Install and uninstall have a verb of their own; every other action is started by `mesh run`.
 */
export function equivalentCommand(plan: Schema<'Plan'>, cluster: string): string {
  const { mesh, action, version, namespace, revision, installation, components = {}, images = {}, params = {} } = plan.request
  const own = action === 'install' || action === 'uninstall'
  const flags = [
    ['--cluster', cluster],
    ...(version === undefined ? [] : [['--version', version]]),
    ...(namespace === undefined ? [] : [['-n', namespace]]),
    ...(revision === undefined ? [] : [['--revision', revision]]),
    ...(installation === undefined ? [] : [['--installation', installation]]),
    ...Object.entries(components).flatMap(([name, asked]) => [
      ...(asked.enabled === true ? [['--with', name]] : []),
      ...(asked.namespace === undefined ? [] : [['--component-namespace', `${name}=${asked.namespace}`]]),
      ...(asked.values === undefined ? [] : [['--values', `${name}=${name}.yaml`]]),
    ]),
    ...(images.registry === undefined ? [] : [['--registry', images.registry]]),
    ...(images.pullSecrets ?? []).map((name) => ['--pull-secret', name]),
    ...Object.entries(params).map(([key, value]) => ['--param', `${key}=${parameterText(key, value)}`]),
    ...plan.confirmations.map(({ code }) => ['--confirm', code]),
  ]
  const command = own ? [action, mesh] : ['run', mesh, action]
  return ['meshwright mesh', ...command, ...flags.flat().map(shellQuote), '--wait'].join(' ')
}

// The command reads a value as YAML does: a text that would be read as something else is quoted, as JSON quotes it.
function parameterText(key: string, value: unknown): string {
  if (typeof value !== 'string') return JSON.stringify(value)
  if (value.includes('\n')) return `@${key}.yaml`
  return /^[a-z][\w./-]*$/i.test(value) && !/^(true|false|null)$/i.test(value) ? value : JSON.stringify(value)
}
