import type { Installer } from '../contract/installation.js'

interface InstallerMark {
  installer: Installer
  key: RegExp
  value?: RegExp
}

/** What is read of an object; either may be missing. */
export interface Marked {
  labels?: Record<string, string>
  annotations?: Record<string, string>
}

// In this order: Argo CD and Flux also leave helm's marks, and whoever reconciles an object is the one to ask.
const marks: readonly InstallerMark[] = [
  { installer: 'argocd', key: /^argocd\.argoproj\.io\// },
  { installer: 'flux', key: /^(kustomize|helm)\.toolkit\.fluxcd\.io\// },
  { installer: 'operator', key: /^app\.kubernetes\.io\/managed-by$/, value: /operator/i },
  { installer: 'meshwright', key: /^meshwright\.io\// },
  { installer: 'helm', key: /^meta\.helm\.sh\/release-name$/ },
  { installer: 'istioctl', key: /^operator\.istio\.io\/managed$/ },
  { installer: 'istioctl', key: /^install\.operator\.istio\.io\/owning-resource$/ },
]

const names: Record<Installer, string> = {
  meshwright: 'Meshwright',
  helm: 'helm',
  istioctl: 'istioctl',
  operator: 'an operator',
  argocd: 'Argo CD',
  flux: 'Flux',
  unknown: 'an unknown tool',
}

/** Who put an object there, from the marks that tools leave on it; needs no access to Secrets. */
export function findInstaller({ labels = {}, annotations = {} }: Marked): Installer {
  const entries = [...Object.entries(labels), ...Object.entries(annotations)]
  const mark = marks.find(({ key, value }) => entries.some(([name, text]) => key.test(name) && (value === undefined || value.test(text))))
  return mark?.installer ?? 'unknown'
}

/** The installer's name in the middle of a sentence. */
export function installerName(installer: Installer): string {
  return names[installer]
}

/** Whether we may act on what this tool installed: our own releases, and plain helm ones, which hold nobody's desired state. */
export function isOurs(installer: Installer): boolean {
  return installer === 'meshwright' || installer === 'helm'
}

/** Why an installation is shown and not acted on; undefined when it may be. */
export function unmanagedReason(installer: Installer): string | undefined {
  if (isOurs(installer)) return undefined
  if (installer === 'unknown') return 'Nothing on it says which tool installed it, so Meshwright does not change it.'
  return `It was installed by ${names[installer]}, which may undo our changes. Change it with that tool.`
}
