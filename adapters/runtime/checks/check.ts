import type { Finding } from '../../../proto/gen/meshwright/adapter/v1/adapter.js'
import type { Catalog } from '../catalog.js'
import type { ClusterSession } from '../cluster-session.js'
import type { Sidecar } from './read-sidecars.js'

/** The installation that is looked at, and what it is read with. */
export interface CheckScene {
  readonly session: ClusterSession
  readonly catalog: Catalog
  readonly namespace: string
  /** Empty for the one without a name. */
  readonly revision: string
  /** Of the control plane, as the inventory knows it; may be unknown. */
  readonly version: string
  readonly now: Date
  /** The sidecars of running pods, read once. */
  sidecars(): Promise<readonly Sidecar[]>
}

/** One thing that is true of a healthy installation. */
export interface Check {
  /** Code of the finding that says that all is well. */
  readonly code: string
  /** What is true when nothing is found. */
  readonly holds: string
  /** Completes "It is not known whether", for when something may not be read. */
  readonly question: string
  /** About what a running control plane does: a simulated cluster cannot answer it. */
  readonly needsRunning?: boolean
  /** What speaks against it. A KubeError 403 may rise: the runner turns it into a finding, never into good news. */
  find(scene: CheckScene): Promise<Finding[]>
}

/** Where certificates of a mesh lie, who renews them, and what is checked besides. */
export interface MeshChecks {
  readonly checks: readonly Check[]
  readonly certificates: CertificateRules
  /** What belongs to a healthy mesh and cannot be read here, so that nobody takes silence for good news. */
  readonly unseen?: readonly { message: string; cause: string; remedy: string }[]
}

/** What of the cluster's certificates is this mesh's. */
export interface CertificateRules {
  /** In order: where the same certificate lies in several places, the first says what it is for. */
  readonly sources: readonly CertificateSource[]
  /** Webhook configurations of the mesh by name; their Service is in the installation's namespace. */
  readonly webhooks: RegExp
  /** Classes of Gateway API gateways that this mesh runs. */
  readonly gatewayClasses: RegExp
}

/** Who makes a new one before the old one ends; `you` when nobody does. */
export interface Renewal {
  readonly by: 'control-plane' | 'cert-manager' | 'helm' | 'you'
  /** A sentence. */
  readonly text: string
}

/** What a certificate does for the mesh. */
export type CertificateUse = 'root' | 'issuer' | 'webhook' | 'server' | 'gateway'

/** One key of a Secret or ConfigMap that holds certificates. Keys that are not named are never looked at. */
export interface CertificateSource {
  readonly kind: 'Secret' | 'ConfigMap'
  /** A pattern where the release's name is part of it. */
  readonly name: string | RegExp
  readonly key: string
  /** Missing: the installation's own. */
  readonly namespace?: string
  readonly use: CertificateUse
  /** A few words: "root of the mesh". */
  readonly purpose: string
  /** Who renews it, unless a mark on the object tells otherwise. */
  readonly renewal?: Renewal
}
