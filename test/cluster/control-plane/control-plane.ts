import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { auditPolicy } from './audit-log.js'
import { type Authority, createAuthority, createSigningKey, type Identity, type Subject, writeIdentity } from './cluster-pki.js'
import { type ApiEndpoint, kubeconfigText } from './kubeconfig.js'
import type { StateFolder } from './state-folder.js'

/** Where the parts of one cluster listen and keep their files. */
export interface ControlPlanePlan extends StateFolder {
  /** Address and port of the API server as everybody dials it. */
  readonly address: string
  readonly port: number
  readonly etcdPort: number
  readonly etcdPeerPort: number
  readonly serviceCidr: string
  /** First address of serviceCidr: `kubernetes.default` points there. */
  readonly apiServiceAddress: string
  readonly apiServerFlags: readonly string[]
}

export interface ControlPlane extends ControlPlanePlan {
  readonly endpoint: ApiEndpoint
  readonly authority: Authority
  readonly admin: Identity
  readonly kubeconfig: string
  readonly auditLogPath: string
}

/** Writes certificates, kubeconfigs and the audit policy into the plan's folder; starts nothing. */
export async function prepareControlPlane(plan: ControlPlanePlan): Promise<ControlPlane> {
  const { folder, pki } = plan
  const [authority, frontProxy, signing] = await Promise.all([
    createAuthority('testbed-ca'),
    createAuthority('testbed-front-proxy-ca'),
    createSigningKey(),
  ])
  const endpoint = { url: `https://${plan.address}:${plan.port}`, ca: authority.certificate }
  const admin = await authority.issue({ user: 'admin', groups: ['system:masters'] })
  const kubeconfig = join(folder, 'admin.kubeconfig')
  const controlPlane = { ...plan, endpoint, authority, admin, kubeconfig, auditLogPath: join(folder, 'audit.log') }
  await Promise.all([
    writeIdentity(pki, 'ca', authority),
    writeFile(join(pki, 'front-proxy-ca.crt'), frontProxy.certificate),
    writeFile(join(pki, 'sa.key'), signing.privateKey, { mode: 0o600 }),
    writeFile(join(pki, 'sa.pub'), signing.publicKey),
    writeFile(join(folder, 'audit-policy.json'), JSON.stringify(auditPolicy)),
    writeFile(kubeconfig, kubeconfigText(endpoint, 'admin', admin), { mode: 0o600 }),
    writeIdentity(pki, 'front-proxy-client', await frontProxy.issue({ user: 'front-proxy-client' })),
    issueFor(controlPlane, 'apiserver', apiServerSubject(plan)),
    issueFor(controlPlane, 'apiserver-kubelet-client', { user: 'kube-apiserver-kubelet-client', groups: ['system:masters'] }),
    writeComponentKubeconfig(controlPlane, 'kube-controller-manager', { user: 'system:kube-controller-manager' }),
  ])
  return controlPlane
}

/** Issues a certificate by the cluster's authority and writes it as `pki/<name>.{crt,key}`. */
export async function issueFor(controlPlane: ControlPlane, name: string, subject: Subject): Promise<void> {
  await writeIdentity(controlPlane.pki, name, await controlPlane.authority.issue(subject))
}

/** Writes `pki/<component>.kubeconfig` with a fresh identity. */
export async function writeComponentKubeconfig(controlPlane: ControlPlane, component: string, subject: Subject): Promise<void> {
  const identity = await controlPlane.authority.issue(subject)
  const text = kubeconfigText(controlPlane.endpoint, subject.user, identity)
  await writeFile(kubeconfigPath(controlPlane, component), text, { mode: 0o600 })
}

export function kubeconfigPath(controlPlane: ControlPlane, component: string): string {
  return join(controlPlane.pki, `${component}.kubeconfig`)
}

function apiServerSubject({ address, apiServiceAddress }: ControlPlanePlan): Subject {
  const suffixes = ['', '.default', '.default.svc', '.default.svc.cluster.local']
  const names = ['localhost', ...suffixes.map((suffix) => `kubernetes${suffix}`)]
  return { user: 'kube-apiserver', serves: { names, addresses: ['127.0.0.1', address, apiServiceAddress] } }
}
