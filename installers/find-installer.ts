import type { Installer } from '../contract/installation.js'

interface InstallerMark {
  installer: Installer
  key: RegExp
  value?: RegExp
}

/** What is read of an object; any of it may be missing. */
export interface Marked {
  namespace?: string
  labels?: Record<string, string>
  annotations?: Record<string, string>
}

/** `mark` is what told it, such as `argocd.argoproj.io/instance`; empty when nothing did. */
export interface FoundInstaller {
  installer: Installer
  mark: string
}

// In this order: whoever reconciles an object is the one to ask. Platforms, operators, Argo CD and Flux also leave helm's marks.
const marks: readonly InstallerMark[] = [
  { installer: 'platform', key: /^kubernetes\.azure\.com\/managedby$/ },
  { installer: 'platform', key: /^addonmanager\.kubernetes\.io\/mode$/ },
  // AKS and GKE keep these names to themselves.
  { installer: 'platform', key: /^namespace$/, value: /^aks-istio-/ },
  { installer: 'platform', key: /^istio\.io\/rev$/, value: /^asm-managed/ },
  { installer: 'argocd', key: /^argocd\.argoproj\.io\// },
  { installer: 'flux', key: /^(kustomize|helm)\.toolkit\.fluxcd\.io\// },
  // Sail calls itself sail-operator; its forerunner on OpenShift has a domain of its own.
  { installer: 'operator', key: /^app\.kubernetes\.io\/managed-by$/, value: /operator/i },
  { installer: 'operator', key: /^(maistra\.io\/|olm\.owner$)/ },
  { installer: 'meshwright', key: /^meshwright\.io\// },
  { installer: 'helm', key: /^meta\.helm\.sh\/release-name$/ },
  // Istio's charts carry owning-resource too, as "unknown"; only istioctl writes this one.
  { installer: 'istioctl', key: /^operator\.istio\.io\/managed$/ },
  { installer: 'linkerd-cli', key: /^linkerd\.io\/created-by$/, value: /^linkerd\/cli / },
]

const names: Record<Installer, string> = {
  meshwright: 'Meshwright',
  helm: 'helm',
  istioctl: 'istioctl',
  'linkerd-cli': 'the linkerd command',
  operator: 'an operator',
  platform: 'the platform that runs this cluster',
  argocd: 'Argo CD',
  flux: 'Flux',
  unknown: 'an unknown tool',
}

/** Who put an object there, from the marks that tools leave on it; needs no access to Secrets. */
export function findInstaller(object: Marked): Installer {
  return readInstaller(object).installer
}

/** The same, with the mark that told it. */
export function readInstaller({ namespace = '', labels = {}, annotations = {} }: Marked): FoundInstaller {
  const entries = [['namespace', namespace] as const, ...Object.entries(labels), ...Object.entries(annotations)]
  for (const { installer, key, value } of marks) {
    const found = entries.find(([name, text]) => key.test(name) && (value === undefined || value.test(text)))
    if (found) return { installer, mark: found[0] === 'namespace' ? `namespace ${namespace}` : found[0] }
  }
  return { installer: 'unknown', mark: '' }
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
