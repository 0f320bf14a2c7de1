import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { toolPath } from '../binaries/tool-path.js'
import { testbedImages } from '../images/testbed-images.js'
import { type CommandOptions, runCommand } from '../run-command.js'

/** Path of containerd's socket in a state folder. */
export function containerdSocket(folder: string): string {
  return join(folder, 'containerd.sock')
}

/** Writes the configuration of containerd and of the pod network, and returns containerd's command line. */
export async function prepareContainerd(folder: string, podCidr: string): Promise<string[]> {
  const config = join(folder, 'containerd.toml')
  const network = join(folder, 'cni', '10-bridge.conflist')
  await mkdir(dirname(network))
  await Promise.all([writeFile(config, containerdConfig(folder)), writeFile(network, JSON.stringify(podNetwork(podCidr)))])
  return [toolPath('containerd'), '--config', config, '--log-level', 'info']
}

/** Imports an image archive into the namespace that kubelet uses; `--local` takes half the time of the default. */
export async function importImage(folder: string, archive: string): Promise<void> {
  await ctr(folder, ['images', 'import', '--local', archive])
}

/** Runs containerd's own client. */
export function ctr(folder: string, argv: readonly string[], options?: CommandOptions): Promise<string> {
  return runCommand([toolPath('ctr'), '--address', containerdSocket(folder), '--namespace', 'k8s.io', ...argv], {}, options)
}

// restrict_oom_score_adj: without CAP_SYS_RESOURCE a container could not get the score that kubelet asks for.
function containerdConfig(folder: string): string {
  const unused = ['blockfile', 'btrfs', 'devmapper', 'zfs', 'erofs'].map((name) => `io.containerd.snapshotter.v1.${name}`)
  return `version = 3
root = "${join(folder, 'containerd')}"
state = "/run/containerd"
disabled_plugins = ${JSON.stringify([...unused, 'io.containerd.nri.v1.nri'])}
[grpc]
  address = "${containerdSocket(folder)}"
[plugins.'io.containerd.cri.v1.images'.pinned_images]
  sandbox = "${testbedImages.pause.reference}"
[plugins.'io.containerd.cri.v1.runtime']
  restrict_oom_score_adj = true
  device_ownership_from_security_context = false
[plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc]
  runtime_type = "io.containerd.runc.v2"
  runtime_path = "${toolPath('containerd-shim-runc-v2')}"
[plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc.options]
  BinaryName = "/usr/sbin/runc"
  SystemdCgroup = false
[plugins.'io.containerd.cri.v1.runtime'.cni]
  bin_dirs = ["/usr/lib/cni"]
  conf_dir = "${join(folder, 'cni')}"
`
}

function podNetwork(podCidr: string): unknown {
  const ipam = { type: 'host-local', ranges: [[{ subnet: podCidr }]], routes: [{ dst: '0.0.0.0/0' }] }
  return {
    cniVersion: '1.0.0',
    name: 'bridge',
    plugins: [
      { type: 'bridge', bridge: 'cni0', isGateway: true, hairpinMode: true, ipMasq: false, ipam },
      { type: 'portmap', capabilities: { portMappings: true }, snat: true },
    ],
  }
}
