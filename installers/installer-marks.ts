import type { Installer } from '../contract/installation.js'

/** A mark that a tool leaves on what it installs, and where that tool is told to change it. */
export interface InstallerMark {
  installer: Installer
  /** Name of a label or annotation, or `namespace`, `manager` (of fields) or `owner <kind>`. */
  key: RegExp
  value?: RegExp
  /** As it stands in a sentence; `{name}` is the value of that mark. */
  where: string
}

const aks = 'the Service Mesh page of the AKS cluster, or `az aks mesh`'
const sail = 'the Istio resource of the Sail operator (`kubectl get istios`)'
const openShift = 'the ServiceMeshControlPlane of OpenShift Service Mesh (`kubectl get smcp --all-namespaces`)'
const helm = '`helm upgrade` of the release {meta.helm.sh/release-name}'

/** In this order: whoever reconciles an object is the one to ask. Platforms, operators, Argo CD and Flux also leave helm's marks. */
export const installerMarks: readonly InstallerMark[] = [
  { installer: 'platform', key: /^kubernetes\.azure\.com\/managedby$/, where: aks },
  { installer: 'platform', key: /^addonmanager\.kubernetes\.io\/mode$/, where: 'the add-ons of the cluster' },
  // AKS and GKE keep these names to themselves.
  { installer: 'platform', key: /^namespace$/, value: /^aks-istio-/, where: aks },
  {
    ...{ installer: 'platform', key: /^istio\.io\/rev$/, value: /^asm-managed/ },
    where: 'the Service Mesh page of GKE, or `gcloud container fleet mesh`',
  },
  // `application:group/kind:namespace/name`; `project-namespace_application` for one outside of Argo CD's own namespace.
  {
    ...{ installer: 'argocd', key: /^argocd\.argoproj\.io\/tracking-id$/ },
    where: 'the Application {argocd.argoproj.io/tracking-id} of Argo CD',
  },
  {
    ...{ installer: 'argocd', key: /^argocd\.argoproj\.io\/instance$/ },
    where: 'the Application {argocd.argoproj.io/instance} of Argo CD',
  },
  { installer: 'argocd', key: /^argocd\.argoproj\.io\//, where: 'the Application of Argo CD that holds it' },
  // With a label that everybody uses (app.kubernetes.io/instance), Argo CD is known by the fields that it writes.
  { installer: 'argocd', key: /^manager$/, value: /^argocd-/, where: 'the Application of Argo CD that holds it' },
  {
    ...{ installer: 'flux', key: /^helm\.toolkit\.fluxcd\.io\/name$/ },
    where: 'the HelmRelease {helm.toolkit.fluxcd.io/namespace}/{helm.toolkit.fluxcd.io/name} of Flux',
  },
  {
    ...{ installer: 'flux', key: /^kustomize\.toolkit\.fluxcd\.io\/name$/ },
    where: 'the Kustomization {kustomize.toolkit.fluxcd.io/namespace}/{kustomize.toolkit.fluxcd.io/name} of Flux',
  },
  { installer: 'flux', key: /^manager$/, value: /^kustomize-controller$/, where: 'the Kustomization of Flux that holds it' },
  {
    ...{ installer: 'operator', key: /^owner IstioRevision$/ },
    where: 'the Istio resource that has the IstioRevision {owner IstioRevision} (`kubectl get istios,istiorevisions`)',
  },
  // Sail calls itself sail-operator; its forerunner on OpenShift has a domain of its own.
  { installer: 'operator', key: /^app\.kubernetes\.io\/managed-by$/, value: /^sail-operator$/, where: sail },
  { installer: 'operator', key: /^app\.kubernetes\.io\/managed-by$/, value: /operator/i, where: "the operator's own resource for it" },
  { installer: 'operator', key: /^maistra\.io\//, where: openShift },
  {
    ...{ installer: 'operator', key: /^olm\.owner$/ },
    where: 'the Subscription that brought {olm.owner} (`kubectl get subscriptions.operators.coreos.com --all-namespaces`)',
  },
  { installer: 'meshwright', key: /^meshwright\.io\//, where: 'Meshwright' },
  { installer: 'helm', key: /^meta\.helm\.sh\/release-name$/, where: helm },
  // Istio's charts carry owning-resource too, as "unknown"; only istioctl writes this one.
  {
    ...{ installer: 'istioctl', key: /^operator\.istio\.io\/managed$/ },
    where: '`istioctl upgrade`, or `istioctl uninstall`',
  },
  {
    ...{ installer: 'linkerd-cli', key: /^linkerd\.io\/created-by$/, value: /^linkerd\/cli / },
    where: '`linkerd upgrade | kubectl apply -f -`, or `linkerd uninstall | kubectl delete -f -`',
  },
  // Who only edits, scales or restarts has a manager of another name.
  {
    ...{ installer: 'kubectl', key: /^manager$/, value: /^kubectl(-client-side-apply|-create|-replace)?$/ },
    where: 'the manifests that were given to kubectl',
  },
]

/** What stands for `where` when no mark was found. */
export const unknownPlace = 'the tool that installed it'

/** Puts the values of marks into `where`. A mark that is missing leaves a question mark: it was not found by that one. */
export function placeOf({ where }: InstallerMark, marks: ReadonlyMap<string, string>): string {
  return where.replaceAll(/\{(.+?)\}/g, (_whole, name: string) => {
    const value = marks.get(name) ?? '?'
    return name.endsWith('/tracking-id') ? (value.split(':')[0] ?? value).replace('_', '/') : value
  })
}
