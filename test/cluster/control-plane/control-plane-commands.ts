import { join } from 'node:path'
import { toolPath } from '../binaries/tool-path.js'
import { type ControlPlane, kubeconfigPath, writeComponentKubeconfig } from './control-plane.js'

/** Command line of etcd: loopback, and no fsync, because its data never outlives the test. */
export function etcdCommand({ folder, etcdPort, etcdPeerPort }: ControlPlane): string[] {
  const client = `http://127.0.0.1:${etcdPort}`
  const peer = `http://127.0.0.1:${etcdPeerPort}`
  return [
    toolPath('etcd'),
    `--data-dir=${join(folder, 'etcd')}`,
    `--listen-client-urls=${client}`,
    `--advertise-client-urls=${client}`,
    `--listen-peer-urls=${peer}`,
    `--initial-advertise-peer-urls=${peer}`,
    `--initial-cluster=default=${peer}`,
    '--unsafe-no-fsync',
    '--log-level=warn',
  ]
}

/** Command line of kube-apiserver with RBAC and the audit log on. */
export function apiServerCommand(controlPlane: ControlPlane): string[] {
  const { folder, pki, address, port, etcdPort, serviceCidr, auditLogPath, apiServerFlags = [] } = controlPlane
  return [
    toolPath('kubernetes'),
    'kube-apiserver',
    `--etcd-servers=http://127.0.0.1:${etcdPort}`,
    `--bind-address=${address}`,
    `--advertise-address=${address}`,
    `--secure-port=${port}`,
    `--service-cluster-ip-range=${serviceCidr}`,
    '--authorization-mode=Node,RBAC',
    '--allow-privileged=true',
    `--audit-policy-file=${join(folder, 'audit-policy.json')}`,
    `--audit-log-path=${auditLogPath}`,
    `--client-ca-file=${pki}/ca.crt`,
    `--tls-cert-file=${pki}/apiserver.crt`,
    `--tls-private-key-file=${pki}/apiserver.key`,
    '--service-account-issuer=https://kubernetes.default.svc.cluster.local',
    `--service-account-key-file=${pki}/sa.pub`,
    `--service-account-signing-key-file=${pki}/sa.key`,
    `--requestheader-client-ca-file=${pki}/front-proxy-ca.crt`,
    '--requestheader-allowed-names=front-proxy-client',
    '--requestheader-extra-headers-prefix=X-Remote-Extra-',
    '--requestheader-group-headers=X-Remote-Group',
    '--requestheader-username-headers=X-Remote-User',
    `--proxy-client-cert-file=${pki}/front-proxy-client.crt`,
    `--proxy-client-key-file=${pki}/front-proxy-client.key`,
    `--cert-dir=${join(folder, 'kube-apiserver')}`,
    '--profiling=false',
    ...apiServerFlags,
  ]
}

/** Command line of kube-controller-manager. At its default of 20 requests per second it would need 5 s to start. */
export function controllerManagerCommand(controlPlane: ControlPlane): string[] {
  const { folder, pki } = controlPlane
  const kubeconfig = kubeconfigPath(controlPlane, 'kube-controller-manager')
  return [
    toolPath('kubernetes'),
    'kube-controller-manager',
    `--kubeconfig=${kubeconfig}`,
    '--bind-address=127.0.0.1',
    '--secure-port=0',
    `--root-ca-file=${pki}/ca.crt`,
    `--service-account-private-key-file=${pki}/sa.key`,
    '--use-service-account-credentials=true',
    `--cluster-signing-cert-file=${pki}/ca.crt`,
    `--cluster-signing-key-file=${pki}/ca.key`,
    '--leader-elect=false',
    '--kube-api-qps=1000',
    '--kube-api-burst=2000',
    `--flex-volume-plugin-dir=${join(folder, 'volume-plugins')}`,
  ]
}

/** Writes the scheduler's credentials and returns its command line. It serves nothing: several run beside each other. */
export async function prepareScheduler(controlPlane: ControlPlane): Promise<string[]> {
  await writeComponentKubeconfig(controlPlane, 'kube-scheduler', { user: 'system:kube-scheduler' })
  const kubeconfig = kubeconfigPath(controlPlane, 'kube-scheduler')
  return [
    toolPath('kubernetes'),
    'kube-scheduler',
    `--kubeconfig=${kubeconfig}`,
    `--authentication-kubeconfig=${kubeconfig}`,
    `--authorization-kubeconfig=${kubeconfig}`,
    '--secure-port=0',
    '--leader-elect=false',
    '--kube-api-qps=500',
    '--kube-api-burst=1000',
  ]
}
