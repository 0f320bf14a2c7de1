import type { ChartSource } from './chart-source.js'
import { postRendererArguments } from './field-conflicts/post-renderer.js'
import type { Helm } from './helm.js'
import { writeValues } from './helm.js'
import { operationMark } from './helm-releases.js'
import { checkHelm } from './preflight.js'
import type { ReleaseRun, ReleaseTool } from './release-tool.js'
import { renderChart } from './render-chart.js'
import { whenForbidden } from './when-forbidden.js'

/** Releases by helm 4 itself. */
export function helmReleaseTool({ helm, charts }: { helm: Helm; charts: ChartSource }): ReleaseTool {
  const runHelm = (argv: readonly string[], { session, signal, log }: ReleaseRun) =>
    helm.run({ session, argv, signal, onLine: (line, from) => logLine(log, line, from) })
  return {
    charts,
    check: () => checkHelm(helm),
    render: (spec, on) => renderChart(helm, spec, on),
    async install({ key, release, namespace, chart, values, adopts, edits = [] }, run) {
      const { session, seconds, operation, log } = run
      const file = await writeValues(session, key, values)
      const isNew = (await whenForbidden(session.get({ apiVersion: 'v1', kind: 'Namespace', name: namespace }), null)) === undefined
      log('info', `helm upgrade --install ${release}: chart ${chart.chart} ${chart.version} from ${chart.origin}`)
      const argv = [
        // Without --reset-values, empty values would mean: those that the release has.
        ...['upgrade', '--install', release, chart.file, '--namespace', namespace, '--reset-values', '--values', file],
        ...['--wait', '--timeout', `${seconds}s`, '--labels', `${operationMark}=${operation}`, '--hide-notes'],
        ...(isNew ? ['--create-namespace'] : []),
        ...(adopts ? ['--take-ownership', '--force-conflicts'] : []),
        ...(await postRendererArguments(session, key, { namespace, edits: [...edits] })),
      ]
      return runHelm(argv, run)
    },
    async rollBack({ release, namespace, revision }, run) {
      run.log('info', `helm rollback ${release} to revision ${revision}`)
      return runHelm(['rollback', release, String(revision), '--namespace', namespace, '--wait', '--timeout', `${run.seconds}s`], run)
    },
    async uninstall({ release, namespace }, run) {
      run.log('info', `helm uninstall ${release} in ${namespace}`)
      return runHelm(['uninstall', release, '--namespace', namespace, '--wait', '--timeout', `${run.seconds}s`, '--ignore-not-found'], run)
    },
  }
}

// A Kubernetes library in helm writes klog's lines: W1124 14:35:38.244368   17597 object_status_reporter.go:996] text.
const klogHeader = /^[IWEF]\d{4} [\d:.]+ +\d+ [\w.-]+:\d+\] /

function logLine(log: ReleaseRun['log'], line: string, from: 'stdout' | 'stderr'): void {
  const text = line.replace(klogHeader, '')
  if (text !== line) log(line.startsWith('I') ? 'debug' : 'warning', text)
  else log(from === 'stderr' ? 'info' : 'debug', line)
}
