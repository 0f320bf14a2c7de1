import type { Installer } from '../contract/installation.js'
import { installerMarks, placeOf, unknownPlace } from './installer-marks.js'

/** What is read of an object; any of it may be missing. */
export interface Marked {
  namespace?: string
  labels?: Record<string, string>
  annotations?: Record<string, string>
  ownerReferences?: readonly { kind: string; name: string }[]
  /** As the API server keeps them; `managers` are the same as names, where only those were kept. */
  managedFields?: readonly { manager?: string; subresource?: string }[]
  managers?: readonly string[]
}

/** `mark` is what told it, such as `argocd.argoproj.io/instance`; empty when nothing did. `where` is where it is changed by the tool that made it. */
export interface FoundInstaller {
  installer: Installer
  mark: string
  where: string
}

const names: Record<Installer, string> = {
  meshwright: 'Meshwright',
  helm: 'helm',
  istioctl: 'istioctl',
  'linkerd-cli': 'the linkerd command',
  kubectl: 'kubectl',
  operator: 'an operator',
  platform: 'the platform that runs this cluster',
  argocd: 'Argo CD',
  flux: 'Flux',
  unknown: 'an unknown tool',
}

/** Who put an object there, from the marks that tools leave on it, with the mark that told it; needs no access to Secrets. */
export function readInstaller(object: Marked): FoundInstaller {
  const entries = entriesOf(object)
  for (const mark of installerMarks) {
    const { installer, key, value } = mark
    const found = entries.find(([name, text]) => key.test(name) && (value === undefined || value.test(text)))
    if (found) return { installer, mark: markText(found), where: placeOf(mark, new Map(entries)) }
  }
  return { installer: 'unknown', mark: '', where: unknownPlace }
}

function entriesOf(object: Marked): (readonly [string, string])[] {
  const { namespace = '', labels = {}, annotations = {}, ownerReferences = [], managedFields = [], managers = [] } = object
  const writing = managedFields.filter(({ subresource }) => !subresource).map(({ manager = '' }) => manager)
  return [
    ['namespace', namespace] as const,
    ...Object.entries(labels),
    ...Object.entries(annotations),
    ...ownerReferences.map(({ kind, name }) => [`owner ${kind}`, name] as const),
    ...[...managers, ...writing].map((manager) => ['manager', manager] as const),
  ]
}

function markText([name, text]: readonly [string, string]): string {
  if (name === 'namespace' || name.startsWith('owner ')) return `${name} ${text}`
  return name === 'manager' ? `field manager ${text}` : name
}

/** The installer's name in the middle of a sentence. */
export function installerName(installer: Installer): string {
  return names[installer]
}
