import type { Installer } from '../contract/installation.js'
import { installerName, type Marked, readInstaller } from './find-installer.js'
import { isAllowed } from './installer-table.js'

/** What is read of a CustomResourceDefinition to tell whose it is. */
export interface OwnedDefinition extends Marked {
  /** Field managers, those of its status left out. */
  managers: readonly string[]
}

/** Who put a definition there and who may change or delete it next. */
export interface DefinitionOwner {
  installer: Installer
  /** In the middle of a sentence: `the helm release consul/consul`, `GKE`, `kubectl`. */
  name: string
  /** It brings back what others change. */
  reconciles: boolean
  /** Where it is changed by whoever brought it. */
  where: string
  /** The helm release that takes the definition, and all objects of its kind, along when it is uninstalled; empty when none does. */
  release: string
}

interface PlatformMark {
  key: RegExp
  name: string
}

// Managed clusters that bring definitions of their own and look after them.
const platforms: readonly PlatformMark[] = [
  { key: /^components\.gke\.io\//, name: 'GKE' },
  { key: /^doks\.digitalocean\.com\//, name: 'DigitalOcean Kubernetes' },
  { key: /^addonmanager\.kubernetes\.io\/mode$/, name: "the cluster's add-on manager" },
]

const ourManager = 'meshwright'

/** Reconcilers come first, because they are the ones to ask; then our own field manager, which stays beside the marks of helm. */
export function ownerOfDefinition(definition: OwnedDefinition): DefinitionOwner {
  const { labels = {}, annotations = {}, managers } = definition
  const { installer, where } = readInstaller(definition)
  const release = releaseOf(annotations)
  const keys = [...Object.keys(labels), ...Object.keys(annotations)]
  const platform = platforms.find(({ key }) => keys.some((name) => key.test(name)))
  if (!isAllowed(installer, 'definitions') && installer !== 'platform') {
    return { installer, name: installerName(installer), reconciles: true, release, where }
  }
  if (platform !== undefined)
    return { installer: 'platform', name: platform.name, reconciles: true, release, where: 'the page of the cluster' }
  if (installer === 'platform') return { installer, name: installerName(installer), reconciles: true, release, where }
  const free = { reconciles: false, release, where }
  if (managers.includes(ourManager)) return { ...free, installer: 'meshwright', name: installerName('meshwright') }
  if (release !== '') return { ...free, installer: 'helm', name: `the helm release ${release}` }
  return { ...free, installer: managers.includes('helm') ? 'helm' : installer, name: nameOfManagers(managers) }
}

/** helm's own mark for what it leaves in the cluster. Set on the object, it holds for an upgrade; an uninstall asks the stored manifest. */
export const keepPolicy = { 'helm.sh/resource-policy': 'keep' } as const

function releaseOf(annotations: Record<string, string>): string {
  const name = annotations['meta.helm.sh/release-name']
  return name ? `${annotations['meta.helm.sh/release-namespace'] ?? 'default'}/${name}` : ''
}

function nameOfManagers(managers: readonly string[]): string {
  const [first] = managers
  if (first === undefined) return installerName('unknown')
  if (first === 'helm') return "helm, from a chart's folder of definitions"
  return first.startsWith('kubectl') ? 'kubectl' : `an unknown tool (field manager ${first})`
}
