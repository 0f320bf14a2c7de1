import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { toolPath } from '../binaries/tool-path.js'
import { type ControlPlane, issueFor, kubeconfigPath, writeComponentKubeconfig } from '../control-plane/control-plane.js'
import { prepareScheduler } from '../control-plane/control-plane-commands.js'
import { containerdSocket } from './container-runtime.js'
import type { NodeNetwork } from './node-network.js'

/** Command lines by process name. */
export type Commands = Readonly<Record<'kube-scheduler' | 'kubelet' | 'kube-proxy', string[]>>

export interface NodeIdentity {
  readonly nodeName: string
  readonly cgroup: string
}

/** Writes credentials and configuration of scheduler, kubelet and kube-proxy, and returns their command lines. */
export async function prepareNode(controlPlane: ControlPlane, network: NodeNetwork, node: NodeIdentity): Promise<Commands> {
  const { folder } = controlPlane
  const kubelet = { user: `system:node:${node.nodeName}`, groups: ['system:nodes'] }
  const serves = { names: [node.nodeName, 'localhost'], addresses: ['127.0.0.1', network.nodeIp] }
  const [kubeletFile, proxyFile] = [join(folder, 'kubelet.json'), join(folder, 'kube-proxy.json')]
  await Promise.all([
    writeComponentKubeconfig(controlPlane, 'kube-proxy', { user: 'system:kube-proxy' }),
    writeComponentKubeconfig(controlPlane, 'kubelet', kubelet),
    issueFor(controlPlane, 'kubelet', { ...kubelet, serves }),
    writeFile(join(folder, 'resolv.conf'), ''),
    writeFile(kubeletFile, JSON.stringify(kubeletConfig(controlPlane, network, node))),
    writeFile(proxyFile, JSON.stringify(kubeProxyConfig(controlPlane, network, node))),
  ])
  return {
    'kube-scheduler': await prepareScheduler(controlPlane),
    kubelet: [
      toolPath('kubernetes'),
      'kubelet',
      `--config=${kubeletFile}`,
      `--kubeconfig=${kubeconfigPath(controlPlane, 'kubelet')}`,
      `--hostname-override=${node.nodeName}`,
      `--node-ip=${network.nodeIp}`,
    ],
    'kube-proxy': [toolPath('kubernetes'), 'kube-proxy', `--config=${proxyFile}`],
  }
}

function kubeletConfig({ folder, pki }: ControlPlane, { nodeIp, dnsIp }: NodeNetwork, { cgroup }: NodeIdentity): unknown {
  return {
    apiVersion: 'kubelet.config.k8s.io/v1beta1',
    kind: 'KubeletConfiguration',
    failCgroupV1: false,
    cgroupDriver: 'cgroupfs',
    cgroupRoot: `/${cgroup}`,
    containerRuntimeEndpoint: `unix://${containerdSocket(folder)}`,
    address: nodeIp,
    healthzBindAddress: '127.0.0.1',
    authentication: { anonymous: { enabled: false }, webhook: { enabled: true }, x509: { clientCAFile: `${pki}/ca.crt` } },
    authorization: { mode: 'Webhook' },
    tlsCertFile: `${pki}/kubelet.crt`,
    tlsPrivateKeyFile: `${pki}/kubelet.key`,
    clusterDomain: 'cluster.local',
    clusterDNS: [dnsIp],
    resolvConf: join(folder, 'resolv.conf'),
    failSwapOn: false,
    // Lower scores need CAP_SYS_RESOURCE.
    oomScoreAdj: 0,
    evictionHard: { 'memory.available': '100Mi', 'nodefs.available': '1%', 'imagefs.available': '1%', 'nodefs.inodesFree': '1%' },
    imageGCHighThresholdPercent: 100,
    maxPods: 200,
    registerNode: true,
    volumePluginDir: join(folder, 'volume-plugins'),
    kubeAPIQPS: 500,
    kubeAPIBurst: 1000,
    serializeImagePulls: false,
  }
}

function kubeProxyConfig(controlPlane: ControlPlane, { nodeIp, podCidr }: NodeNetwork, { nodeName }: NodeIdentity): unknown {
  return {
    apiVersion: 'kubeproxy.config.k8s.io/v1alpha1',
    kind: 'KubeProxyConfiguration',
    mode: 'nftables',
    hostnameOverride: nodeName,
    bindAddress: nodeIp,
    healthzBindAddress: '127.0.0.1:10256',
    metricsBindAddress: '127.0.0.1:10249',
    clusterCIDR: podCidr,
    oomScoreAdj: 0,
    nftables: { minSyncPeriod: '50ms' },
    // Zero leaves the machine's own settings alone.
    conntrack: { maxPerCore: 0, min: 0, tcpEstablishedTimeout: '0s', tcpCloseWaitTimeout: '0s' },
    clientConnection: { kubeconfig: kubeconfigPath(controlPlane, 'kube-proxy') },
  }
}
