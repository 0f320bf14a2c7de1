import { Command } from 'commander'
import { Certificate, CheckReport } from '../contract/check-report.js'
import { Cluster } from '../contract/cluster.js'
import { Installation } from '../contract/installation.js'
import { CliError } from './cli-error.js'
import { withClusterColumn } from './cluster-column.js'
import { type CommandContext, type OutputOption, openContext, withOutput } from './command-context.js'
import { findCluster } from './find-cluster.js'
import { printBody, printList, type ResourceView } from './print-resource.js'
import type { Tone } from './terminal.js'

interface CheckOptions extends OutputOption {
  cluster?: string
}

/** `meshwright mesh check`: looks at what is installed; exit 1 when something does not work. */
export function checkCommand(): Command {
  const check = new Command('check').description('look at what is installed; changes nothing; exit 1 when something does not work')
  return withOutput(check, ['table', 'json', 'yaml'])
    .argument('[mesh]', 'only this mesh')
    .option('--cluster <cluster>', 'only this cluster, by name or id')
    .action(checkInstallations)
}

/** `meshwright certificates`: those that were found by the last check of each installation. */
export function certificatesCommand(): Command {
  const certificates = new Command('certificates').description(
    'certificates of the meshes, the first to end first, as the last checks found them',
  )
  return withOutput(certificates).option('--cluster <cluster>', 'only this cluster, by name or id').action(listCertificates)
}

async function checkInstallations(mesh: string | undefined, options: CheckOptions): Promise<void> {
  const context = openContext(options)
  const { api, terminal } = context
  const query = { ...(await clusterQuery(context, options)), ...(mesh ? { mesh } : {}) }
  const { value: installations } = await api.list('/installations', Installation, query)
  if (installations.length === 0) {
    const what = mesh ?? 'mesh'
    throw new CliError(`No ${what} is installed there.`, {
      remedy: 'meshwright status shows what is found, and which clusters can be read.',
      exitCode: 2,
    })
  }
  const clusters = await clusterNames(context)
  const bodies: unknown[] = []
  let errors = 0
  for (const installation of installations) {
    const path = `/installations/${encodeURIComponent(installation.id)}/checks`
    const { value: report, body } = await api.call({ method: 'POST', path, answer: CheckReport })
    errors += report.counts.error
    bodies.push(body)
    if (options.output === 'table') printReport(context, report, titleOf(installation, clusters))
  }
  if (options.output === 'json' || options.output === 'yaml') printBody(terminal, bodies, options.output)
  process.exitCode = errors === 0 ? 0 : 1
}

async function clusterQuery(context: CommandContext, { cluster }: CheckOptions): Promise<Record<string, string>> {
  return cluster === undefined ? {} : { cluster: (await findCluster(context, cluster)).value.id }
}

async function clusterNames({ api }: CommandContext): Promise<Map<string, string>> {
  const { value } = await api.list('/clusters', Cluster, { limit: '500' })
  return new Map(value.map(({ id, name }) => [id, name]))
}

function titleOf({ mesh, version, cluster, namespace, revision, simulated }: Installation, clusters: Map<string, string>): string {
  const where = `${clusters.get(cluster) ?? cluster}${simulated ? ' (simulated)' : ''}`
  return `${mesh} ${version} in ${where}, namespace ${namespace}, revision ${revision || 'default'}`
}

// The signs of linkerd's check, which people know.
const marks: Record<CheckReport['findings'][number]['severity'], { sign: string; tone: Tone }> = {
  error: { sign: '×', tone: 'bad' },
  warning: { sign: '‼', tone: 'warn' },
  info: { sign: '√', tone: 'good' },
}
const worstFirst = ['error', 'warning', 'info'] as const

function printReport({ terminal }: CommandContext, { findings, counts }: CheckReport, title: string): void {
  terminal.data(terminal.paint(title, 'strong'))
  for (const severity of worstFirst) {
    const { sign, tone } = marks[severity]
    for (const { message, cause, remedy } of findings.filter((finding) => finding.severity === severity)) {
      terminal.data(`${terminal.paint(sign, tone)} ${message}`)
      if (cause) terminal.data(`    why:     ${cause}`)
      if (remedy) terminal.data(`    do this: ${remedy}`)
    }
  }
  terminal.data(`${counts.error} errors, ${counts.warning} warnings\n`)
}

const certificateView: ResourceView<Certificate> = {
  name: ({ fingerprint }) => `certificate/${fingerprint.slice(0, 16)}`,
  none: 'No certificates are known. Look for them first: meshwright mesh check.',
  columns: [
    { title: 'MESH', value: ({ mesh, simulated }) => (simulated ? `${mesh} (simulated)` : mesh) },
    { title: 'USE', value: ({ use }) => use },
    { title: 'DAYS LEFT', value: ({ daysLeft }) => (daysLeft < 0 ? 'ended' : daysLeft), tone: ({ daysLeft }) => toneOf(daysLeft) },
    { title: 'ENDS', value: ({ notAfter }) => notAfter.slice(0, 10) },
    { title: 'RENEWED BY', value: ({ renewedBy }) => renewedBy },
    { title: 'SIGNED', value: ({ chain }) => chain },
    { title: 'KEY', value: ({ keyType }) => keyType, wide: true },
    { title: 'FINGERPRINT', value: ({ fingerprint }) => fingerprint.slice(0, 16), wide: true },
    { title: 'PLACE', value: ({ places }) => placeOf(places[0]) },
    { title: 'SUBJECT', value: ({ subject }) => subject },
  ],
}

function toneOf(daysLeft: number): Tone | undefined {
  return daysLeft < 0 ? 'bad' : daysLeft < 60 ? 'warn' : undefined
}

function placeOf(place: Certificate['places'][number] | undefined): string {
  if (place === undefined) return ''
  const { kind, namespace, name } = place.object
  return `${kind}/${[namespace, name].filter(Boolean).join('/')}`
}

async function listCertificates(options: CheckOptions): Promise<void> {
  const context = openContext(options)
  const { api, terminal } = context
  const { value: clusters } = await api.list('/clusters', Cluster, { limit: '500' })
  const view = withClusterColumn(certificateView, clusters, ({ cluster }) => cluster)
  printList(
    { terminal, format: options.output },
    view,
    await api.list('/certificates', Certificate, { limit: '500', ...(await clusterQuery(context, options)) }),
  )
}
