import { createHash } from 'node:crypto'
import { comment, type ExportedPlan, fileHead } from './exported-plan.js'

type Release = ExportedPlan['releases'][number]

/**
 * The plan as a shell script: a values file per release and the helm command that Meshwright would run. Arguments of the
 * script go to each helm, such as --kube-context.
 */
export function helmScript(plan: ExportedPlan): string {
  const head = fileHead(plan, [
    `Needs helm ${plan.request.action === 'adopt' ? '3.17' : '3.14'} or later, or helm 4. Arguments are passed on to each helm: sh this-file --kube-context lab`,
    'What it runs changes the cluster of your current context.',
  ])
  const more = plan.request.action === 'adopt' ? ['--take-ownership'] : []
  const commands = plan.releases.map((release, index) => releaseCommands(release, { index, more }))
  return [`#!/bin/sh\n${head}`, start, ...commands].join('\n')
}

const start = `set -eu
umask 077
values=$(mktemp -d)
trap 'rm -rf "$values"' EXIT
`

function releaseCommands(release: Release, { index, more }: { index: number; more: readonly string[] }): string {
  const { name, namespace, chart, chartVersion, repository, values, withheld, title } = release
  const file = `"$values"/${index + 1}.yaml`
  const secrets = withheld.length > 0 ? `${variableOf(release)}` : undefined
  const words = [
    ...['helm upgrade --install', word(name), word(chart)],
    ...(repository ? ['--repo', word(repository)] : []),
    ...['--version', word(chartVersion), '--namespace', word(namespace), '--create-namespace'],
    ...['--reset-values --values', file, ...(secrets ? [`--values "$${secrets}"`] : []), ...more, '--wait "$@"'],
  ]
  return [
    comment([`${index + 1}. ${title}`]),
    secrets ? `: "\${${secrets}:?must name a values file that holds the secret values listed above}"\n` : '',
    hereDocument(values, file),
    `${words.join(' ')}\n`,
  ].join('')
}

/** The end of the document is named by a hash of its text: no text can hold its own hash. */
function hereDocument(text: string, file: string): string {
  const end = `VALUES_${createHash('sha256').update(text).digest('hex').slice(0, 24)}`
  return `cat > ${file} <<'${end}'\n${text}${text.endsWith('\n') ? '' : '\n'}${end}\n`
}

function variableOf({ name, namespace }: Release): string {
  return `SECRET_VALUES_${`${namespace}_${name}`.toUpperCase().replaceAll(/[^A-Z0-9]/g, '_')}`
}

function word(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`
}
